#include "cnio_memory.h"

#include <malloc.h>

size_t cnio_allocated_octets(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void cnio_keep_freed_memory(int octets) {
    mallopt(M_TRIM_THRESHOLD, octets);
    mallopt(M_MMAP_THRESHOLD, octets);
}

size_t cnio_block_octets(const void *block) {
    return malloc_usable_size((void *)block);
}
