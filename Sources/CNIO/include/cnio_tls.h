/// TLS by OpenSSL, between octets in memory: its sockets are the caller's business. What makes this C is that much of
/// OpenSSL is macros, and that its error queue must be read in the function that filled it.
#ifndef CNIO_TLS_H
#define CNIO_TLS_H
#include <stddef.h>

struct cnio_tls_context;
struct cnio_tls_session;

/// What reading and writing come to when they give no octets.
enum {
    /// The other side has said that it will send nothing more.
    CNIO_TLS_ENDED = 0,
    /// More must be fed first.
    CNIO_TLS_WANTS_INPUT = -1,
    /// The session is over; what there is to say about it waits to be taken.
    CNIO_TLS_FAILED = -2,
};

/// Reads a certificate chain and its key, both PEM: a server's side of TLS 1.2 and later, with ALPN "http/1.1". Returns
/// NULL and a message.
struct cnio_tls_context *cnio_open_tls_context(const char *certificate, const char *key, char *message, size_t size);
/// A client's side of the same, which trusts the authorities in a PEM file, or the system's if it is NULL. Returns NULL and a
/// message.
struct cnio_tls_context *cnio_open_tls_trust(const char *authorities, char *message, size_t size);
void cnio_close_tls_context(struct cnio_tls_context *context);

/// Begins a session, which awaits the client's hello and keeps its context alive. Returns NULL without memory.
struct cnio_tls_session *cnio_open_tls_session(struct cnio_tls_context *context);
/// Begins a session as a client that expects a certificate for `host`, a name or a numeric address. Returns NULL without memory.
struct cnio_tls_session *cnio_call_tls(struct cnio_tls_context *trust, const char *host);
void cnio_close_tls_session(struct cnio_tls_session *session);

/// Gives the session octets that came from the network. Returns 0, or -1 without memory.
int cnio_feed_tls(struct cnio_tls_session *session, const void *octets, size_t count);
/// Takes octets that are to go to the network. Returns how many, 0 if there are none.
size_t cnio_take_tls(struct cnio_tls_session *session, void *octets, size_t room);
/// How many octets wait to go to the network.
size_t cnio_count_tls(struct cnio_tls_session *session);

/// Drives the handshake. Returns 1 when it is over, else one of the constants, and a message for the last of them.
ptrdiff_t cnio_shake_tls(struct cnio_tls_session *session, char *message, size_t size);
/// Reads decrypted octets; drives the handshake. Returns how many, or one of the constants.
ptrdiff_t cnio_read_tls(struct cnio_tls_session *session, void *octets, size_t room);
/// Encrypts octets. Returns how many it took, or one of the constants.
ptrdiff_t cnio_write_tls(struct cnio_tls_session *session, const void *octets, size_t count);
/// Says that nothing more will be sent (close_notify).
void cnio_end_tls(struct cnio_tls_session *session);
#endif
