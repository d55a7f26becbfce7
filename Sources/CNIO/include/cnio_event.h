/// Waiting for descriptors: Swift's Glibc module has neither epoll nor eventfd, and prctl is variadic.
#ifndef CNIO_EVENT_H
#define CNIO_EVENT_H
#include <stdint.h>

/// One descriptor that became ready. `struct epoll_event` is packed on x86-64, a layout that Swift cannot express.
struct cnio_event {
    int32_t descriptor;
    uint32_t events;
};

/// Opens an epoll instance, close-on-exec. Returns it, or -1 and errno.
int cnio_create_poll(void);

/// Opens an eventfd, non-blocking and close-on-exec. Returns it, or -1 and errno.
int cnio_create_wakeup(void);

/// Watches a descriptor for input (and output, if `wants_write`), level-triggered; `is_new` tells the first call from
/// a change. Returns 0, or -1 and errno. A shim because EPOLLIN and its like are an enum Swift cannot combine.
int cnio_watch_descriptor(int poll, int descriptor, int wants_write, int is_new);

/// Watches a descriptor no longer. Returns 0, or -1 and errno.
int cnio_forget_descriptor(int poll, int descriptor);

/// Waits at most `timeout` nanoseconds (negative: for ever). Returns how many entries of `events` were filled, or -1
/// and errno. `epoll_pwait2`, because `epoll_wait` rounds to milliseconds.
int cnio_wait_events(int poll, struct cnio_event *events, int capacity, int64_t timeout);

/// Lets the calling thread's timers fire after `nanoseconds` at the latest (PR_SET_TIMERSLACK; Linux starts with 50 µs).
void cnio_set_timer_slack(unsigned long nanoseconds);

/// Names the calling thread, for `top -H` and debuggers. At most 15 octets.
void cnio_name_thread(const char *name);

/// Keeps the calling thread, and threads that it starts later, on one core. Returns 0, or -1 and errno. A shim because
/// CPU_SET is a macro.
int cnio_pin_thread(int core);
#endif
