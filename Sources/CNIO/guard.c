#define _GNU_SOURCE
#include "cnio_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call_bpf(int command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int cnio_create_socket_map(uint32_t entries) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_SOCKMAP;
    attributes.key_size = sizeof(uint32_t);
    attributes.value_size = sizeof(uint64_t);
    attributes.max_entries = entries;
    return call_bpf(BPF_MAP_CREATE, &attributes);
}

int cnio_put_socket(int map, uint32_t index, int socket) {
    uint64_t value = (uint64_t)socket;
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)map;
    attributes.key = (uint64_t)(uintptr_t)&index;
    attributes.value = (uint64_t)(uintptr_t)&value;
    return call_bpf(BPF_MAP_UPDATE_ELEM, &attributes);
}

static int load_program(uint32_t kind, uint32_t attach_type, const uint64_t *instructions, uint32_t count) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = kind;
    attributes.expected_attach_type = attach_type;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.insn_cnt = count;
    attributes.license = (uint64_t)(uintptr_t)"";
    return call_bpf(BPF_PROG_LOAD, &attributes);
}

int cnio_load_lookup(const uint64_t *instructions, uint32_t count) {
    return load_program(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, instructions, count);
}

int cnio_load_filter(const uint64_t *instructions, uint32_t count) {
    return load_program(BPF_PROG_TYPE_SOCKET_FILTER, 0, instructions, count);
}

int cnio_attach_program(int socket, int program) {
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program);
}

int cnio_attach_lookup(int program) {
    int network = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (network < 0) return -1;
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.link_create.prog_fd = (uint32_t)program;
    attributes.link_create.target_fd = (uint32_t)network;
    attributes.link_create.attach_type = BPF_SK_LOOKUP;
    int link = call_bpf(BPF_LINK_CREATE, &attributes);
    int saved = errno;
    close(network);
    errno = saved;
    return link;
}
