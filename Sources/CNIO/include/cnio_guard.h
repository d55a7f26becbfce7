/// Extended BPF for reset guards, one that takes a port range away from the kernel's own sockets and one that many sockets
/// share: `union bpf_attr` is out of Swift's reach, and the system call has no wrapper in the C library.
#ifndef CNIO_GUARD_H
#define CNIO_GUARD_H
#include <stdint.h>

/// Makes a map of `entries` sockets. Returns its descriptor, or -1 and errno.
int cnio_create_socket_map(uint32_t entries);

/// Puts a socket into the map. Returns 0, or -1 and errno.
int cnio_put_socket(int map, uint32_t index, int socket);

/// Loads a program of the kind that chooses the socket for a new connection (BPF_PROG_TYPE_SK_LOOKUP). Returns its descriptor,
/// or -1 and errno.
int cnio_load_lookup(const uint64_t *instructions, uint32_t count);

/// Loads a program of the kind that judges what a socket receives (BPF_PROG_TYPE_SOCKET_FILTER). Returns its descriptor, or
/// -1 and errno.
int cnio_load_filter(const uint64_t *instructions, uint32_t count);

/// Makes a loaded filter that of the socket. Returns 0, or -1 and errno.
int cnio_attach_program(int socket, int program);

/// Attaches the program to the calling thread's network, for as long as the descriptor that it returns is open; -1 and errno.
int cnio_attach_lookup(int program);
#endif
