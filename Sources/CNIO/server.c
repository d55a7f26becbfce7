#define _GNU_SOURCE
#include "cnio_server.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_EVENTS = 256 };

int cnio_watch_readiness(int readiness, int socket, uint64_t token, int wants_write, int is_new) {
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLRDHUP | EPOLLET | (wants_write ? (uint32_t)EPOLLOUT : 0),
        .data.u64 = token,
    };
    return epoll_ctl(readiness, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

static uint32_t happened(uint32_t events) {
    return (events & EPOLLIN ? CNIO_READABLE : 0) | (events & EPOLLOUT ? CNIO_WRITABLE : 0)
        | (events & EPOLLRDHUP ? CNIO_ENDED : 0) | (events & EPOLLERR ? CNIO_LOST : 0)
        | (events & EPOLLHUP ? CNIO_CLOSED : 0);
}

int cnio_wait_readiness(int readiness, struct cnio_readiness *events, int capacity, int timeout) {
    struct epoll_event ready[MOST_EVENTS];
    int count = epoll_wait(readiness, ready, capacity < MOST_EVENTS ? capacity : MOST_EVENTS, timeout);
    for (int i = 0; i < count; i++)
        events[i] = (struct cnio_readiness){ .token = ready[i].data.u64, .happened = happened(ready[i].events) };
    return count;
}

int cnio_accept_socket(int listener, void *peer, uint32_t *length) {
    return accept4(listener, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int cnio_open_beneath(int directory, const char *path) {
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
