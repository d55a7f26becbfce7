#include "cnio_tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct cnio_tls_context {
    SSL_CTX *ssl;
};

struct cnio_tls_session {
    SSL *ssl;
    BIO *input;
    BIO *output;
};

/// RFC 7301 §3.2: "In the event that the server supports no protocols that the client advertises, then the server SHALL
/// respond with a fatal 'no_application_protocol' alert."
static int choose_protocol(
    SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered, unsigned int count, void *unused) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl;
    (void)unused;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, length, ours, sizeof ours - 1, offered, count) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static struct cnio_tls_context *fail(SSL_CTX *ssl, const char *what, const char *path, char *message, size_t size) {
    char reason[256] = "unknown error";
    unsigned long code = ERR_peek_last_error();
    if (code != 0)
        ERR_error_string_n(code, reason, sizeof reason);
    snprintf(message, size, "%s %s: %s", what, path, reason);
    ERR_clear_error();
    SSL_CTX_free(ssl);
    return NULL;
}

/// What both sides have in common.
static void prepare(SSL_CTX *ssl) {
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    // Renegotiation lets a client cost a server handshakes without end.
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // What is written may move between two calls, and may go in part; idle sessions hold no buffers.
    SSL_CTX_set_mode(
        ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
}

static struct cnio_tls_context *keep(SSL_CTX *ssl, char *message, size_t size) {
    struct cnio_tls_context *context = malloc(sizeof *context);
    if (context == NULL)
        return fail(ssl, "OpenSSL", "context", message, size);
    context->ssl = ssl;
    return context;
}

struct cnio_tls_context *cnio_open_tls_context(const char *certificate, const char *key, char *message, size_t size) {
    ERR_clear_error();
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    if (ssl == NULL)
        return fail(ssl, "OpenSSL", "context", message, size);
    prepare(ssl);
    SSL_CTX_set_options(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
        return fail(ssl, "certificate", certificate, message, size);
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        return fail(ssl, "key", key, message, size);
    if (SSL_CTX_check_private_key(ssl) != 1)
        return fail(ssl, "the key does not belong to the certificate:", key, message, size);
    return keep(ssl, message, size);
}

struct cnio_tls_context *cnio_open_tls_trust(const char *authorities, char *message, size_t size) {
    static const unsigned char protocols[] = "\x08http/1.1";
    ERR_clear_error();
    SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());
    if (ssl == NULL)
        return fail(ssl, "OpenSSL", "context", message, size);
    prepare(ssl);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(ssl, protocols, sizeof protocols - 1);
    if (authorities == NULL)
        SSL_CTX_set_default_verify_paths(ssl);
    else if (SSL_CTX_load_verify_locations(ssl, authorities, NULL) != 1)
        return fail(ssl, "authorities", authorities, message, size);
    return keep(ssl, message, size);
}

void cnio_close_tls_context(struct cnio_tls_context *context) {
    SSL_CTX_free(context->ssl);
    free(context);
}

static struct cnio_tls_session *open_session(struct cnio_tls_context *context) {
    ERR_clear_error();
    struct cnio_tls_session *session = malloc(sizeof *session);
    SSL *ssl = SSL_new(context->ssl);
    BIO *input = BIO_new(BIO_s_mem());
    BIO *output = BIO_new(BIO_s_mem());
    if (session == NULL || ssl == NULL || input == NULL || output == NULL) {
        BIO_free(output);
        BIO_free(input);
        SSL_free(ssl);
        free(session);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_bio(ssl, input, output);
    *session = (struct cnio_tls_session){ .ssl = ssl, .input = input, .output = output };
    return session;
}

struct cnio_tls_session *cnio_open_tls_session(struct cnio_tls_context *context) {
    struct cnio_tls_session *session = open_session(context);
    if (session != NULL)
        SSL_set_accept_state(session->ssl);
    return session;
}

struct cnio_tls_session *cnio_call_tls(struct cnio_tls_context *trust, const char *host) {
    struct cnio_tls_session *session = open_session(trust);
    if (session == NULL)
        return NULL;
    SSL_set_connect_state(session->ssl);
    // An address is compared with the certificate's addresses; a name with its names, and told to the server
    // (RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted").
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), host) == 1)
        return session;
    if (SSL_set1_host(session->ssl, host) == 1 && SSL_set_tlsext_host_name(session->ssl, host) == 1)
        return session;
    ERR_clear_error();
    cnio_close_tls_session(session);
    return NULL;
}

void cnio_close_tls_session(struct cnio_tls_session *session) {
    SSL_free(session->ssl);
    free(session);
}

int cnio_feed_tls(struct cnio_tls_session *session, const void *octets, size_t count) {
    return BIO_write(session->input, octets, (int)count) == (int)count ? 0 : -1;
}

size_t cnio_take_tls(struct cnio_tls_session *session, void *octets, size_t room) {
    int count = BIO_read(session->output, octets, room > INT_MAX ? INT_MAX : (int)room);
    return count > 0 ? (size_t)count : 0;
}

size_t cnio_count_tls(struct cnio_tls_session *session) { return BIO_ctrl_pending(session->output); }

static ptrdiff_t outcome(struct cnio_tls_session *session, int result) {
    int error = SSL_get_error(session->ssl, result);
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return CNIO_TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
        return CNIO_TLS_ENDED;
    default:
        return CNIO_TLS_FAILED;
    }
}

ptrdiff_t cnio_shake_tls(struct cnio_tls_session *session, char *message, size_t size) {
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result == 1)
        return 1;
    long verdict = SSL_get_verify_result(session->ssl);
    if (verdict != X509_V_OK)
        snprintf(message, size, "its certificate: %s", X509_verify_cert_error_string(verdict));
    else
        ERR_error_string_n(ERR_peek_last_error(), message, size);
    return outcome(session, result);
}

ptrdiff_t cnio_read_tls(struct cnio_tls_session *session, void *octets, size_t room) {
    ERR_clear_error();
    int count = SSL_read(session->ssl, octets, room > INT_MAX ? INT_MAX : (int)room);
    return count > 0 ? count : outcome(session, count);
}

ptrdiff_t cnio_write_tls(struct cnio_tls_session *session, const void *octets, size_t count) {
    ERR_clear_error();
    int written = SSL_write(session->ssl, octets, count > INT_MAX ? INT_MAX : (int)count);
    return written > 0 ? written : outcome(session, written);
}

void cnio_end_tls(struct cnio_tls_session *session) {
    ERR_clear_error();
    // Before the handshake is over there is nothing to end, and OpenSSL calls it an error.
    if (!SSL_in_init(session->ssl))
        SSL_shutdown(session->ssl);
    ERR_clear_error();
}
