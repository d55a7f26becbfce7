/// An instruction of extended BPF (`struct bpf_insn` in linux/bpf.h): operation, target and source register, offset, operand.
struct BPFInstruction {
    /// The kernel's layout, in this machine's order of octets.
    let word: UInt64

    private init(operation code: UInt8, _ target: Int = 0, _ source: Int = 0, _ offset: Int16 = 0, _ operand: Int32 = 0)
    {
        let registers = UInt64(target & 15) | UInt64(source & 15) << 4
        let tail = UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: operand)) << 32
        word = UInt64(code) | registers << 8 | tail
    }

    static func move(_ target: Int, from source: Int) -> Self { Self(operation: 0xbf, target, source) }
    static func set(_ target: Int, to value: Int32) -> Self {
        Self(operation: 0xb7, target, 0, 0, value)
    }
    static func add(_ value: Int32, to target: Int) -> Self {
        Self(operation: 0x07, target, 0, 0, value)
    }
    static func load(_ target: Int, from source: Int, at offset: Int16) -> Self {
        Self(operation: 0x61, target, source, offset)
    }
    /// Stores a word in the stack frame, register 10.
    static func store(_ source: Int, at offset: Int16) -> Self {
        Self(operation: 0x63, 10, source, offset)
    }
    /// The first of two words; `secondWord` follows.
    static func loadMap(_ target: Int, _ map: Int32) -> Self {
        Self(operation: 0x18, target, 1, 0, map)
    }
    static var secondWord: Self { Self(operation: 0) }
    static func call(_ function: Int32) -> Self { Self(operation: 0x85, 0, 0, 0, function) }
    static var exit: Self { Self(operation: 0x95) }
    static func jump(if target: Int, equals value: Int32, by offset: Int16) -> Self {
        Self(operation: 0x15, target, 0, offset, value)
    }
    static func jump(unless target: Int, equals value: Int32, by offset: Int16) -> Self {
        Self(operation: 0x55, target, 0, offset, value)
    }
    static func jump(if target: Int, above value: Int32, by offset: Int16) -> Self {
        Self(operation: 0x25, target, 0, offset, value)
    }
    static func jump(if target: Int, below value: Int32, by offset: Int16) -> Self {
        Self(operation: 0xa5, target, 0, offset, value)
    }
}
