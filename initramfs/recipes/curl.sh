#!/bin/sh
# SPDX-License-Identifier: MIT
# curl: libcurl.a for musl: HTTP over IPv4 and IPv6, no TLS, nothing else. With tls=bearssl set, as
# curl-tls.sh does, libcurl-tls.a: the same, and HTTPS by the bearssl recipe's library.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
unpack curl
if [ -n "${tls-}" ]; then
	set -- "--with-$tls=$static" --without-ca-bundle --without-ca-path
else
	set -- --without-ssl
fi
# Disabled are the protocols, and what of HTTP neither the extractor nor arm uses. Kept: Basic and
# Bearer authorisation by hand-made headers, chunked uploads, redirects, timeouts, error texts.
CC=$cc CFLAGS="$small $headers" ./configure --quiet ${host:+--host=$host} \
	--disable-shared --enable-static --disable-dependency-tracking --disable-debug \
	--disable-libcurl-option --disable-manual --disable-symbol-hiding \
	"$@" --without-zlib --without-brotli --without-zstd --without-libpsl \
	--without-libidn2 --without-nghttp2 --without-librtmp --without-libssh2 --without-libgsasl \
	--disable-ftp --disable-file --disable-ldap --disable-ldaps --disable-rtsp --disable-dict \
	--disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp \
	--disable-gopher --disable-mqtt --disable-websockets --disable-proxy --disable-unix-sockets \
	--disable-cookies --disable-crypto-auth --disable-ntlm --disable-ntlm-wb --disable-tls-srp \
	--disable-aws --disable-alt-svc --disable-hsts --disable-netrc --disable-doh --disable-mime \
	--disable-dateparse --disable-progress-meter --disable-get-easy-options \
	--disable-headers-api --disable-socketpair --disable-threaded-resolver --disable-pthreads \
	--enable-ipv6
make -j"$jobs" -C lib libcurl.la
cp lib/.libs/libcurl.a "$static/lib/libcurl${tls:+-tls}.a"
mkdir -p "$static/include/curl"
cp include/curl/*.h "$static/include/curl/"
done_with curl
