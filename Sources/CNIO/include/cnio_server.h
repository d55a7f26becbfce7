/// What the HTTP server needs and Swift's Glibc module lacks: epoll as edges, accept4 and openat2.
#ifndef CNIO_SERVER_H
#define CNIO_SERVER_H
#include <stdint.h>

/// One watched socket on which something happened.
struct cnio_readiness {
    uint64_t token;
    uint32_t happened;
};

/// What can happen to a socket.
enum {
    CNIO_READABLE = 1,
    CNIO_WRITABLE = 2,
    /// The peer's EOF has arrived, perhaps behind octets still unread.
    CNIO_ENDED = 4,
    /// An error: reset, or nothing came back for too long.
    CNIO_LOST = 8,
    /// Closed in both directions.
    CNIO_CLOSED = 16,
};

/// Watches a socket by an epoll instance, edge-triggered: a change is reported once. `wants_write` asks for writability too;
/// `is_new` tells the first call from a change. Returns 0, or -1 and errno.
int cnio_watch_readiness(int readiness, int socket, uint64_t token, int wants_write, int is_new);

/// Waits at most `timeout` milliseconds (negative: for ever). Returns how many entries were filled, or -1 and errno.
int cnio_wait_readiness(int readiness, struct cnio_readiness *events, int capacity, int timeout);

/// Accepts a connection, non-blocking and close-on-exec. Returns its socket, or -1 and errno.
int cnio_accept_socket(int listener, void *peer, uint32_t *length);

/// Opens a file below a directory, read-only and close-on-exec; a symbolic link is followed unless it leads outside.
/// Returns it, or -1 and errno (`openat2` has no wrapper in the C library).
int cnio_open_beneath(int directory, const char *path);
#endif
