/// The allocator: <malloc.h> is in no module of Swift's.
#ifndef CNIO_MEMORY_H
#define CNIO_MEMORY_H
#include <stddef.h>

/// Octets that are allocated now, the allocator's own headers included.
size_t cnio_allocated_octets(void);

/* Octets that the heap gave for one block, which malloc has returned. */
size_t cnio_block_octets(const void *block);

/// Lets the allocator keep up to `octets` of freed memory, and take anything smaller from there. (mallopt)
void cnio_keep_freed_memory(int octets);
#endif
