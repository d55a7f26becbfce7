/// Batches of packets on a raw socket: control messages are C macros, `recvmmsg` and `sendmmsg` are GNU extensions.
#ifndef CNIO_PACKET_H
#define CNIO_PACKET_H
#include <stddef.h>
#include <stdint.h>
// No system header that Swift's Glibc module holds: its types would be taken for ours.

/// Most packets of one system call.
#define CNIO_BATCH_SIZE 64
/// Octets of room in front of each packet: an IPv6 raw socket leaves the IP header out, and here it is put back.
#define CNIO_SLOT_HEADROOM 40
/// Octets between receive slots: the longest datagram of either version (65,575 octets), and as much more as sets the slots' first
/// octets apart in the sets of a cache: in whole pages all would fall on one.
#define CNIO_SLOT_SIZE 69760

/// Sixty-four receive slots with their headers, allocated once. The slots' memory becomes resident as it is used.
typedef struct cnio_inbox cnio_inbox;
/// Sixty-four messages that wait to be sent, allocated once.
typedef struct cnio_outbox cnio_outbox;

/// A packet in its slot, with what an IPv6 socket tells beside it instead of the header.
struct cnio_packet {
    /// CNIO_SLOT_HEADROOM octets in front of it may be written.
    void *octets;
    size_t length;
    /// SO_TIMESTAMPNS: when the kernel received it, in nanoseconds since 1970; 0 if it did not say.
    int64_t stamp;
    /// SO_RXQ_OVFL: packets dropped on this socket before this one, modulo 2^32; 0 if none.
    uint32_t dropped;
    /// A struct sockaddr_in6: where it came from; not filled in if the socket is not of IPv6.
    const void *source;
    /// IPV6_PKTINFO: the sixteen octets of the destination; null if the socket is not of IPv6.
    const void *destination;
    /// IPV6_PKTINFO: the index of the interface that it came in by; 0 if the socket is not of IPv6.
    uint32_t interface;
    /// IPV6_HOPLIMIT and IPV6_TCLASS.
    uint8_t hop_limit;
    uint8_t traffic_class;
};

/// What the error queue holds about a datagram (struct sock_extended_err without its union of meanings).
struct cnio_error {
    int32_t error;
    /// Not 0 if the error is the failure of a call of our own, not an ICMP message.
    int32_t is_local;
    uint8_t type;
    uint8_t code;
    /// The next hop's MTU, where the error has one.
    uint32_t mtu;
    /// Octets written to the caller's buffer: the datagram that the error quotes.
    size_t quoted;
};

/// Asks for a receive timestamp with every packet. Returns 0, or -1 and errno. A shim because SO_TIMESTAMPNS is a macro
/// with a condition in it, which Swift does not import.
int cnio_request_stamps(int descriptor);

/// Slots for a socket of this family, AF_INET or AF_INET6.
cnio_inbox *cnio_create_inbox(int family);
void cnio_destroy_inbox(cnio_inbox *inbox);
/// One recvmmsg. Returns the number of slots filled, or -1 and errno.
int cnio_receive_batch(int descriptor, cnio_inbox *inbox);
/// The packet in slot `index` of the last batch.
struct cnio_packet cnio_read_packet(const cnio_inbox *inbox, int index);

/// Messages to addresses of this family, AF_INET or AF_INET6.
cnio_outbox *cnio_create_outbox(int family);
void cnio_destroy_outbox(cnio_outbox *outbox);
/// Addresses message `index`: to 32 bits of IPv4, or to 128 of IPv6 in a zone, most significant first.
void cnio_address_message_v4(cnio_outbox *outbox, int index, uint32_t address);
void cnio_address_message_v6(cnio_outbox *outbox, int index, uint64_t high, uint64_t low, uint32_t zone);
/// Gives message `index` its part number `part` (0, 1 or 2); parts after it are cut off. The octets stay the caller's and must
/// live until the message is sent.
void cnio_fill_message(cnio_outbox *outbox, int index, int part, const void *octets, size_t length);
/// One sendmmsg of `count` messages from `first` on. Returns how many were sent, or -1 and errno of the first.
int cnio_send_batch(int descriptor, cnio_outbox *outbox, int first, int count);

/// Takes one entry from the error queue: the quoted datagram into `quote`, the sender of the error into `offender`, which
/// has room for a struct sockaddr_storage. Returns 0, or -1 and errno (EAGAIN: the queue is empty).
int cnio_receive_error(int descriptor, struct cnio_error *error, void *quote, size_t capacity, void *offender);

/// Opens a tap on all devices that shows packets from the IP header on, those on their way out too, as far as the filter lets
/// them through. Returns it, or -1 and errno. A shim because `struct sockaddr_ll` is in no module of Swift's.
struct cnio_filter_instruction;
int cnio_open_tap(const struct cnio_filter_instruction *program, uint16_t count);

/// One instruction of classic BPF, laid out as struct sock_filter.
struct cnio_filter_instruction {
    uint16_t code;
    uint8_t if_true;
    uint8_t if_false;
    uint32_t operand;
};

/// Attaches (or replaces) a socket's filter in one step. Returns 0, or -1 and errno. A shim because
/// `struct sock_fprog` wants a mutable pointer to a C type of the kernel's headers.
int cnio_attach_filter(int descriptor, const struct cnio_filter_instruction *program, uint16_t count);

/// Makes a TCP socket drop every segment that is not signed (RFC 2385) with a key that nobody has, whoever sends it; the
/// kernel judges that before any state. Returns 0, or -1 and errno.
int cnio_require_signature(int descriptor, int family);
#endif
