/// Devices, and networks of a test's or a benchmark's own.
#ifndef CNIO_NAMESPACE_H
#define CNIO_NAMESPACE_H

/// Moves the calling thread into a new, empty network namespace and brings its loopback up. Threads that it starts later
/// inherit the namespace; it ends with the last of them. Returns 0, or -1 and errno. A shim because `unshare` and
/// SIOCSIFFLAGS are out of Swift's reach (GNU extension, variadic ioctl, union in a struct).
int cnio_enter_network_namespace(void);

/// Moves the calling thread into the network namespace that a descriptor of /proc/…/ns/net names. Returns 0, or -1 and
/// errno. (`setns` is a GNU extension)
int cnio_join_network_namespace(int descriptor);

/// Gives the device a new MTU. Returns 0, or -1 and errno. (variadic ioctl)
int cnio_set_device_mtu(const char *device, int mtu);

/// The device's MTU, or -1 and errno. (variadic ioctl)
int cnio_read_device_mtu(const char *device);

/// Whether a device has an offload switched on, by one of the legacy ETHTOOL_G… commands: 0 or 1, or -1 and errno. (variadic
/// ioctl, union in a struct)
int cnio_read_offload(const char *device, unsigned command);
#endif
