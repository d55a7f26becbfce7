#define _GNU_SOURCE
#include "cnio_event.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

enum { MOST_EVENTS = 64 };

int cnio_create_poll(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cnio_create_wakeup(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int cnio_watch_descriptor(int poll, int descriptor, int wants_write, int is_new) {
    struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.fd = descriptor};
    return epoll_ctl(poll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}

int cnio_forget_descriptor(int poll, int descriptor) { return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, 0); }

int cnio_wait_events(int poll, struct cnio_event *events, int capacity, int64_t timeout) {
    struct epoll_event ready[MOST_EVENTS];
    struct timespec patience = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
    int most = capacity < MOST_EVENTS ? capacity : MOST_EVENTS;
    int count = epoll_pwait2(poll, ready, most, timeout < 0 ? 0 : &patience, 0);
    // Before Linux 5.11, and under valgrind: milliseconds, and rather late than early.
    if (count < 0 && errno == ENOSYS)
        count = epoll_wait(poll, ready, most, timeout < 0 ? -1 : (int)((timeout + 999999) / 1000000));
    for (int i = 0; i < count; i++) {
        events[i].descriptor = ready[i].data.fd;
        events[i].events = ready[i].events;
    }
    return count;
}

void cnio_set_timer_slack(unsigned long nanoseconds) { prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

void cnio_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int cnio_pin_thread(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    return sched_setaffinity(0, sizeof cores, &cores);
}
