#define _GNU_SOURCE
#include "cnio_packet.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
// Needs struct timespec.
#include <linux/errqueue.h>

enum { PARTS = 3 };

// A timestamp, a drop count, and for IPv6 what its header would tell, each with a header of its own and room for the
// alignment between them.
union control {
    struct cmsghdr alignment;
    char octets[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t))
        + CMSG_SPACE(sizeof(struct in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int))];
};

struct cnio_inbox {
    char *slots;
    struct mmsghdr messages[CNIO_BATCH_SIZE];
    struct iovec parts[CNIO_BATCH_SIZE];
    union control controls[CNIO_BATCH_SIZE];
    struct sockaddr_in6 sources[CNIO_BATCH_SIZE];
};

union address {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct cnio_outbox {
    struct mmsghdr messages[CNIO_BATCH_SIZE];
    struct iovec parts[CNIO_BATCH_SIZE][PARTS];
    union address addresses[CNIO_BATCH_SIZE];
};

int cnio_request_stamps(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

cnio_inbox *cnio_create_inbox(int family) {
    cnio_inbox *inbox = calloc(1, sizeof *inbox);
    if (!inbox) return 0;
    size_t size = (size_t)CNIO_BATCH_SIZE * CNIO_SLOT_SIZE;
    inbox->slots = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (inbox->slots == MAP_FAILED) {
        free(inbox);
        return 0;
    }
    for (int i = 0; i < CNIO_BATCH_SIZE; i++) {
        inbox->parts[i] = (struct iovec){
            inbox->slots + (size_t)i * CNIO_SLOT_SIZE + CNIO_SLOT_HEADROOM, CNIO_SLOT_SIZE - CNIO_SLOT_HEADROOM};
        inbox->messages[i].msg_hdr.msg_iov = &inbox->parts[i];
        inbox->messages[i].msg_hdr.msg_iovlen = 1;
        inbox->messages[i].msg_hdr.msg_control = &inbox->controls[i];
        inbox->messages[i].msg_hdr.msg_controllen = sizeof inbox->controls[i];
        // An IPv4 packet says itself where it comes from.
        if (family == AF_INET6) inbox->messages[i].msg_hdr.msg_name = &inbox->sources[i];
        inbox->messages[i].msg_hdr.msg_namelen = sizeof inbox->sources[i];
    }
    return inbox;
}

void cnio_destroy_inbox(cnio_inbox *inbox) {
    munmap(inbox->slots, (size_t)CNIO_BATCH_SIZE * CNIO_SLOT_SIZE);
    free(inbox);
}

int cnio_receive_batch(int descriptor, cnio_inbox *inbox) {
    // The kernel shortens each used header; one that was not used still has its full length.
    for (int i = 0; i < CNIO_BATCH_SIZE; i++) {
        if (inbox->messages[i].msg_hdr.msg_controllen == sizeof inbox->controls[i] && !inbox->messages[i].msg_len)
            break;
        inbox->messages[i].msg_hdr.msg_controllen = sizeof inbox->controls[i];
        inbox->messages[i].msg_hdr.msg_namelen = sizeof inbox->sources[i];
        inbox->messages[i].msg_len = 0;
    }
    return recvmmsg(descriptor, inbox->messages, CNIO_BATCH_SIZE, MSG_DONTWAIT, 0);
}

static void read_socket_entry(struct cnio_packet *packet, const struct cmsghdr *entry) {
    if (entry->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(entry), sizeof stamp);
        packet->stamp = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
    } else if (entry->cmsg_type == SO_RXQ_OVFL) {
        memcpy(&packet->dropped, CMSG_DATA(entry), sizeof packet->dropped);
    }
}

static void read_header_entry(struct cnio_packet *packet, const struct cmsghdr *entry) {
    int value = 0;
    switch (entry->cmsg_type) {
    case IPV6_PKTINFO:
        packet->destination = CMSG_DATA(entry) + offsetof(struct in6_pktinfo, ipi6_addr);
        memcpy(&packet->interface, CMSG_DATA(entry) + offsetof(struct in6_pktinfo, ipi6_ifindex), sizeof packet->interface);
        return;
    case IPV6_HOPLIMIT:
        memcpy(&value, CMSG_DATA(entry), sizeof value);
        packet->hop_limit = (uint8_t)value;
        return;
    case IPV6_TCLASS:
        memcpy(&value, CMSG_DATA(entry), sizeof value);
        packet->traffic_class = (uint8_t)value;
        return;
    }
}

struct cnio_packet cnio_read_packet(const cnio_inbox *inbox, int index) {
    const struct mmsghdr *message = &inbox->messages[index];
    struct msghdr *header = (struct msghdr *)&message->msg_hdr;
    struct cnio_packet packet = {
        .octets = inbox->parts[index].iov_base, .length = message->msg_len, .source = &inbox->sources[index]};
    for (struct cmsghdr *entry = CMSG_FIRSTHDR(header); entry; entry = CMSG_NXTHDR(header, entry)) {
        if (entry->cmsg_level == SOL_SOCKET) read_socket_entry(&packet, entry);
        if (entry->cmsg_level == IPPROTO_IPV6) read_header_entry(&packet, entry);
    }
    return packet;
}

cnio_outbox *cnio_create_outbox(int family) {
    cnio_outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox) return 0;
    int is_v4 = family == AF_INET;
    for (int i = 0; i < CNIO_BATCH_SIZE; i++) {
        outbox->messages[i].msg_hdr.msg_iov = outbox->parts[i];
        outbox->messages[i].msg_hdr.msg_name = &outbox->addresses[i];
        outbox->messages[i].msg_hdr.msg_namelen = is_v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        outbox->addresses[i].v4.sin_family = (sa_family_t)family;
    }
    return outbox;
}

void cnio_destroy_outbox(cnio_outbox *outbox) { free(outbox); }

void cnio_address_message_v4(cnio_outbox *outbox, int index, uint32_t address) {
    outbox->addresses[index].v4.sin_addr.s_addr = htonl(address);
}

void cnio_address_message_v6(cnio_outbox *outbox, int index, uint64_t high, uint64_t low, uint32_t zone) {
    struct sockaddr_in6 *address = &outbox->addresses[index].v6;
    uint64_t words[] = {htobe64(high), htobe64(low)};
    memcpy(&address->sin6_addr, words, sizeof words);
    address->sin6_scope_id = zone;
}

void cnio_fill_message(cnio_outbox *outbox, int index, int part, const void *octets, size_t length) {
    outbox->parts[index][part] = (struct iovec){(void *)octets, length};
    outbox->messages[index].msg_hdr.msg_iovlen = (size_t)part + 1;
}

int cnio_send_batch(int descriptor, cnio_outbox *outbox, int first, int count) {
    return sendmmsg(descriptor, &outbox->messages[first], (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int cnio_receive_error(int descriptor, struct cnio_error *error, void *quote, size_t capacity, void *offender) {
    union {
        struct cmsghdr alignment;
        char octets[512];
    } control;
    struct iovec part = {quote, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (length < 0) return -1;
    memset(error, 0, sizeof *error);
    memset(offender, 0, sizeof(struct sockaddr_storage));
    error->quoted = (size_t)length;
    for (struct cmsghdr *entry = CMSG_FIRSTHDR(&message); entry; entry = CMSG_NXTHDR(&message, entry)) {
        int is_error = (entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_RECVERR)
            || (entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_RECVERR);
        if (!is_error) continue;
        struct sock_extended_err found;
        memcpy(&found, CMSG_DATA(entry), sizeof found);
        error->error = (int32_t)found.ee_errno;
        error->is_local = found.ee_origin == SO_EE_ORIGIN_LOCAL;
        error->type = found.ee_type;
        error->code = found.ee_code;
        error->mtu = found.ee_info;
        size_t behind = entry->cmsg_len - CMSG_LEN(sizeof found);
        if (behind > sizeof(struct sockaddr_storage)) behind = sizeof(struct sockaddr_storage);
        memcpy(offender, CMSG_DATA(entry) + sizeof found, behind);
    }
    return 0;
}

_Static_assert(sizeof(struct cnio_filter_instruction) == sizeof(struct sock_filter), "one layout");

int cnio_require_signature(int descriptor, int family) {
    struct tcp_md5sig key = {.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX, .tcpm_prefixlen = 0, .tcpm_keylen = 32};
    key.tcpm_addr.ss_family = (sa_family_t)family;
    if (getrandom(key.tcpm_key, key.tcpm_keylen, 0) != key.tcpm_keylen) return -1;
    return setsockopt(descriptor, IPPROTO_TCP, TCP_MD5SIG_EXT, &key, sizeof key);
}

int cnio_attach_filter(int descriptor, const struct cnio_filter_instruction *program, uint16_t count) {
    struct sock_fprog filter = {.len = count, .filter = (struct sock_filter *)program};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

int cnio_open_tap(const struct cnio_filter_instruction *program, uint16_t count) {
    // Of no protocol until the filter is there, so that nothing slips in before it.
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_ll everything = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    if (cnio_attach_filter(descriptor, program, count) == 0
        && bind(descriptor, (struct sockaddr *)&everything, sizeof everything) == 0)
        return descriptor;
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}
