#define _GNU_SOURCE
#include "cnio_signal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

/// The eventfd of each signal, plus one: 0 is none.
static atomic_int wakeups[NSIG];

static void tell(int number) {
    int before = errno;
    int wakeup = atomic_load(&wakeups[number]) - 1;
    uint64_t one = 1;
    // A full counter is as readable as any.
    ssize_t written = wakeup >= 0 ? write(wakeup, &one, sizeof one) : 0;
    (void)written;
    errno = before;
}

int cnio_catch_signal(int number, int wakeup) {
    atomic_store(&wakeups[number], wakeup + 1);
    struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, 0);
}

void cnio_drop_signal(int number) { atomic_store(&wakeups[number], 0); }
