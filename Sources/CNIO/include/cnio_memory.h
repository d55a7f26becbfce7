/// What the process has allocated: `mallinfo2` is in no module of Swift's.
#ifndef CNIO_MEMORY_H
#define CNIO_MEMORY_H
#include <stddef.h>

/// Octets that are allocated now, the allocator's own headers included.
size_t cnio_allocated_octets(void);
#endif
