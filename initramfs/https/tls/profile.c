/* SPDX-License-Identifier: MIT */
/*
 * profile: what of TLS is in the programs. libcurl calls br_ssl_client_init_full; this one takes the place of
 * BearSSL's, which would bring every cipher and hash since 1999 with it. TLS 1.2 (RFC 5246) with ECDHE (RFC
 * 8422) and AEADs (RFC 5288, 7905), signed with RSA or ECDSA.
 */
#include <bearssl.h>

void br_ssl_client_init_full(br_ssl_client_context *client, br_x509_minimal_context *x509,
    const br_x509_trust_anchor *anchors, size_t count)
{
	static const uint16_t suites[] = {
	    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	};
	static const br_hash_class *const hashes[] = {
	    &br_sha256_vtable, &br_sha384_vtable, &br_sha512_vtable};
	static const int ids[] = {br_sha256_ID, br_sha384_ID, br_sha512_ID};

	br_ssl_client_zero(client);
	br_ssl_engine_set_versions(&client->eng, BR_TLS12, BR_TLS12);
	br_ssl_engine_set_suites(&client->eng, suites, sizeof(suites) / sizeof(suites[0]));
	br_ssl_engine_set_default_rsavrfy(&client->eng);
	br_ssl_engine_set_default_ecdsa(&client->eng);
	br_ssl_engine_set_default_aes_gcm(&client->eng);
	br_ssl_engine_set_default_chapol(&client->eng);
	br_ssl_engine_set_prf_sha256(&client->eng, &br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(&client->eng, &br_tls12_sha384_prf);
	br_x509_minimal_init(x509, &br_sha256_vtable, anchors, count);
	br_x509_minimal_set_rsa(x509, br_ssl_engine_get_rsavrfy(&client->eng));
	br_x509_minimal_set_ecdsa(
	    x509, br_ssl_engine_get_ec(&client->eng), br_ssl_engine_get_ecdsa(&client->eng));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		br_ssl_engine_set_hash(&client->eng, ids[i], hashes[i]);
		br_x509_minimal_set_hash(x509, ids[i], hashes[i]);
	}
	br_ssl_engine_set_x509(&client->eng, &x509->vtable);
}
