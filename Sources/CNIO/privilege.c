#define _GNU_SOURCE
#include "cnio_privilege.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// What every thread is to do; written before the first signal, read by handlers.
static struct {
    uint64_t keep;
    uint32_t user;
    uint32_t group;
    atomic_int done;
    atomic_int failure;
} order;

static int set_capabilities(uint64_t mask) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    for (int i = 0; i < 2; i++)
        data[i].effective = data[i].permitted = (uint32_t)(mask >> (32 * i));
    return (int)syscall(SYS_capset, &header, data);
}

int cnio_read_capabilities(uint64_t *effective) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    if (syscall(SYS_capget, &header, data) != 0)
        return -1;
    *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    return 0;
}

/// System calls themselves, not their wrappers: those would want to speak to all threads, which is what we are doing.
static int drop_here(void) {
    uint64_t held = 0;
    if (cnio_read_capabilities(&held) != 0)
        return -1;
    uint64_t kept = held & order.keep;
    for (unsigned long capability = 0; capability < 64; capability++)
        if (!(order.keep >> capability & 1))
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (order.user != 0) {
        // Else the change of user would take the capabilities along.
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || syscall(SYS_setgroups, 0, NULL) != 0
            || syscall(SYS_setresgid, order.group, order.group, order.group) != 0
            || syscall(SYS_setresuid, order.user, order.user, order.user) != 0)
            return -1;
    }
    if (set_capabilities(kept) != 0)
        return -1;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void obey(int number) {
    (void)number;
    int saved = errno;
    if (drop_here() != 0)
        atomic_store(&order.failure, errno);
    atomic_fetch_add(&order.done, 1);
    errno = saved;
}

enum { MOST_THREADS = 4096 };

/// Whether the thread has dropped already: no_new_privs is what is set last, and is inherited by threads that it starts.
static int has_dropped(pid_t thread) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 1; // it has ended
    char line[256];
    int dropped = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strcmp(line, "NoNewPrivs:\t1\n") == 0)
            dropped = 1;
    fclose(file);
    return dropped;
}

/// Signals every thread that has not dropped yet, and waits for each. Returns how many there were, or -1 and errno.
static int drop_on_the_others(pid_t self) {
    DIR *directory = opendir("/proc/self/task");
    if (directory == NULL)
        return -1;
    static pid_t threads[MOST_THREADS];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < MOST_THREADS;) {
        pid_t thread = (pid_t)atoi(entry->d_name);
        if (thread > 0 && thread != self && !has_dropped(thread))
            threads[count++] = thread;
    }
    closedir(directory);
    for (int i = 0; i < count; i++) {
        int before = atomic_load(&order.done);
        if (syscall(SYS_tgkill, getpid(), threads[i], SIGSYS) != 0)
            continue; // it has ended
        struct timespec moment = { .tv_nsec = 100 * 1000 };
        for (int tries = 0; atomic_load(&order.done) == before && tries < 20000; tries++) {
            if (syscall(SYS_tgkill, getpid(), threads[i], 0) != 0)
                break;
            nanosleep(&moment, NULL);
        }
    }
    return count;
}

int cnio_drop_privileges(uint64_t keep, uint32_t user, uint32_t group) {
    order.keep = keep;
    order.user = user;
    order.group = group;
    atomic_store(&order.done, 0);
    atomic_store(&order.failure, 0);
    // SIGSYS, as libpsx does it: Dispatch's threads block whatever a program may want to handle elsewhere, but not this.
    struct sigaction action = { .sa_handler = obey, .sa_flags = SA_RESTART }, former;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, &former) != 0)
        return -1;
    int result = drop_here();
    // Again until there is none: a thread may have been started meanwhile by one that had not dropped yet.
    pid_t self = (pid_t)syscall(SYS_gettid);
    int left = result;
    for (int round = 0; result == 0 && round < 10; round++) {
        left = drop_on_the_others(self);
        if (left <= 0)
            break;
    }
    int saved = errno;
    sigaction(SIGSYS, &former, NULL);
    errno = atomic_load(&order.failure) ? atomic_load(&order.failure) : left > 0 ? EAGAIN : saved;
    return result == 0 && left == 0 && !atomic_load(&order.failure) ? 0 : -1;
}

int cnio_notify_manager(const char *path, const char *message) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, path, length);
    // An abstract address is written with an at sign where its first octet is zero.
    if (path[0] == '@')
        address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent = sendto(descriptor, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    int saved = errno;
    close(descriptor);
    errno = saved;
    return sent < 0 ? -1 : 0;
}
