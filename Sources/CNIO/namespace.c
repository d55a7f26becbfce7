#define _GNU_SOURCE
#include "cnio_namespace.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int change_device(unsigned long request, struct ifreq *change) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int result = ioctl(descriptor, request, change);
    int saved = errno;
    close(descriptor);
    errno = saved;
    return result;
}

int cnio_enter_network_namespace(void) {
    if (unshare(CLONE_NEWNET) < 0) return -1;
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    return change_device(SIOCSIFFLAGS, &loopback);
}

int cnio_join_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int cnio_set_device_mtu(const char *device, int mtu) {
    struct ifreq change = {.ifr_mtu = mtu};
    strncpy(change.ifr_name, device, IFNAMSIZ - 1);
    return change_device(SIOCSIFMTU, &change);
}

int cnio_read_device_mtu(const char *device) {
    struct ifreq request = {.ifr_mtu = 0};
    strncpy(request.ifr_name, device, IFNAMSIZ - 1);
    return change_device(SIOCGIFMTU, &request) < 0 ? -1 : request.ifr_mtu;
}

int cnio_read_offload(const char *device, unsigned command) {
    struct ethtool_value answer = {.cmd = command};
    struct ifreq request = {.ifr_data = (char *)&answer};
    strncpy(request.ifr_name, device, IFNAMSIZ - 1);
    return change_device(SIOCETHTOOL, &request) < 0 ? -1 : answer.data != 0;
}
