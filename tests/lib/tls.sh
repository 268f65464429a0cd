# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, port, url: tap.sh, serve.sh; for the tests
# tls.sh: certificates for tests. Sourced after tap.sh.
#
#	tls_ca NAME [KIND]      $work/tls/NAME.ca.pem and its key, of KIND ec (default) or rsa
#	tls_cert NAME CA DAYS SAN [KIND]   $work/tls/NAME.pem and NAME.key, signed by CA, valid from yesterday for
#	                        DAYS (negative: expired) and for SAN (as openssl writes it: DNS:a,IP:127.0.0.1)
#	tls_cert_of NAME CA FROM UNTIL SAN [KIND]   the same with dates, YYYYMMDD
#	tls_install NAME        makes NAME the server's: $work/tls/server.pem, server.key
#	tls_served PORT         the common name of the certificate that is served there
#
# The common name of a certificate is its NAME.

needs "make check installs it" openssl
tls=$work/tls
mkdir -p "$tls"
chmod 755 "$tls"

tls_key() {
	case ${2:-ec} in
	rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null ;;
	*) openssl ecparam -name prime256v1 -genkey -noout -out "$1" ;;
	esac
}

tls_ca() {
	tls_key "$tls/$1.ca.key" "${2:-ec}"
	openssl req -x509 -new -key "$tls/$1.ca.key" -subj "/CN=$1 CA" -days 7300 -out "$tls/$1.ca.pem" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

tls_cert() {
	tls_cert_of "$1" "$2" "$(date -u -d "$(($3 < 0 ? $3 - 30 : -1)) days" +%Y%m%d)" \
		"$(date -u -d "$3 days" +%Y%m%d)" "$4" "${5:-ec}"
}

tls_cert_of() {
	tls_key "$tls/$1.key" "${6:-ec}"
	openssl req -new -key "$tls/$1.key" -subj "/CN=$1" -out "$tls/$1.csr"
	rm -rf "$tls/db"
	mkdir "$tls/db"
	: >"$tls/db/index"
	cat >"$tls/db/conf" <<-END
		[ca]
		default_ca = c
		[c]
		database = $tls/db/index
		new_certs_dir = $tls/db
		rand_serial = yes
		policy = p
		default_md = sha256
		x509_extensions = x
		[p]
		commonName = supplied
		[x]
		subjectAltName = $5
		basicConstraints = critical,CA:FALSE
		keyUsage = critical,digitalSignature,keyEncipherment
		extendedKeyUsage = serverAuth
	END
	openssl ca -batch -notext -config "$tls/db/conf" -cert "$tls/$2.ca.pem" -keyfile "$tls/$2.ca.key" \
		-startdate "${3}000000Z" -enddate "${4}000000Z" -in "$tls/$1.csr" -out "$tls/$1.pem" 2>"$tls/db/err" || {
		cat "$tls/db/err" >&2
		return 1
	}
	chmod 644 "$tls/$1.pem"
}

# The new files take the old ones' places, key first, as a renewing program does it.
tls_install() {
	for tls_part in key pem; do
		cp "$tls/$1.$tls_part" "$tls/server.$tls_part.new"
		[ "$tls_part" = pem ] || chmod 640 "$tls/server.$tls_part.new"
		[ "$(id -u)" != 0 ] || chown 65534:65534 "$tls/server.$tls_part.new"
		mv "$tls/server.$tls_part.new" "$tls/server.$tls_part"
	done
}

tls_served() {
	echo | openssl s_client -connect "127.0.0.1:$1" 2>/dev/null |
		openssl x509 -noout -subject 2>/dev/null | sed 's/.*CN *= *//'
}
