/// Privileges of the whole process, which Linux keeps for each thread apart.
#ifndef CNIO_PRIVILEGE_H
#define CNIO_PRIVILEGE_H
#include <stdint.h>

/// Capabilities that may be kept, as bits of a mask.
enum {
    CNIO_CAP_NET_BIND_SERVICE = 1 << 10,
    CNIO_CAP_NET_RAW = 1 << 13,
};

/// What a thread may do now: its effective capabilities. Returns 0, or -1 and errno.
int cnio_read_capabilities(uint64_t *effective);

/// On every thread: changes user and group (unless `user` is 0), keeps only those capabilities of `keep` that there are,
/// empties the ambient and, where it may, the bounding set, and sets no_new_privs. Returns 0, or -1 and errno; then the
/// process must end, for some threads may have less than others.
int cnio_drop_privileges(uint64_t keep, uint32_t user, uint32_t group);

/// Tells the service manager that started us (sd_notify(3)): nothing without one. Returns 0, or -1 and errno.
int cnio_notify_manager(const char *path, const char *message);
#endif
