import Glibc

/// A regular file, open for reading and as long as it was when it was opened.
package final class OpenFile: Sendable {
    package let state: FileState
    private let descriptor: Int32

    /// Takes over a descriptor; nil, and closes it, if it is not a regular file's.
    package init?(descriptor: Int32) {
        guard let state = FileState(of: descriptor) else {
            close(descriptor)
            return nil
        }
        self.state = state
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// These octets; fewer only where reading fails or the file has become shorter.
    package func read(_ range: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let step = pread(descriptor, rest.baseAddress, rest.count, range.lowerBound + filled)
                if step < 0, errno == EINTR { continue }
                guard step > 0 else { return }
                filled += step
            }
        }
    }

    /// These octets as an answer sends them, piece by piece. If the file has become shorter the connection is cut.
    package func content(_ range: Range<Int>) -> ResponseBody {
        .stream { [self] writer in
            var rest = range
            while !rest.isEmpty {
                let piece = read(rest.prefix(RequestBody.partSize))
                guard !piece.isEmpty else { throw ShortenedFile(size: state.size, missing: rest) }
                try await writer.write(piece)
                rest = rest.dropFirst(piece.count)
            }
        }
    }
}

/// A file was cut while it was being sent.
struct ShortenedFile: Error, CustomStringConvertible {
    /// How long it was when it was opened.
    let size: Int
    let missing: Range<Int>

    var description: String {
        "a file of \(size) octets has become shorter: \(missing.lowerBound) to \(missing.upperBound - 1) are missing"
    }
}
