package import Engine
import Glibc

/// Why captures cannot be written.
package struct CaptureError: Error, CustomStringConvertible {
    package let call: String
    package let code: Int32
    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Where the writer gets the log from, and whom it tells how far it has come.
package protocol CaptureSource: Sendable {
    /// The log as it is now.
    func log() async -> LogSnapshot
    /// Waits until the log has come further than `progress`, or the patience is over.
    func waitForNews(after progress: UInt64, patience: Interval) async
    /// Every record up to this one is in a file; nil: nobody writes any more.
    func noteCaptured(through number: UInt64?) async
}

extension Engine: CaptureSource {}

/// Writes every record of the log into rotating pcapng files, before it leaves the ring.
///
/// Each batch goes to the kernel with one `write`, at most a second after its segments: what the kernel has survives the end
/// of the process, `kill -9` included. Whole blocks are written, so that a file ends between two packets whenever it ends.
package actor CaptureWriter {
    private let source: any CaptureSource
    private let directory: CaptureDirectory
    /// Octets that all files together may take.
    private let limit: Int
    private let header: [UInt8]
    private let serviceRun: String
    private let onFailure: @Sendable (CaptureError) -> Void

    private var descriptor: Int32 = -1
    private var fileSize = 0
    private var fileNumber = 0
    private var position = LogPosition(0)
    private var seen: UInt64 = 0
    private var dropped: UInt64 = 0
    private var isStopping = false

    /// Files that the limit is divided into: so much goes at once when the oldest is deleted.
    private static let files = 8
    /// Records that one write takes.
    private static let batch: UInt64 = 1_024
    /// How late a segment may be in its file.
    private static let patience = Interval.milliseconds(500)

    /// A writer into `directory`, which it creates if need be.
    package init(
        source: any CaptureSource, directory: CaptureDirectory, limit: Int, application: String, run: String,
        onFailure: @escaping @Sendable (CaptureError) -> Void
    ) throws(CaptureError) {
        self.source = source
        self.directory = directory
        self.limit = limit
        serviceRun = run
        self.onFailure = onFailure
        header = PcapNG.header(application: application, run: run)
        if mkdir(directory.path, 0o700) != 0, errno != EEXIST {
            throw CaptureError(call: "mkdir \(directory.path)", code: errno)
        }
        guard access(directory.path, W_OK | X_OK) == 0 else {
            throw CaptureError(call: directory.path, code: errno)
        }
    }

    /// Writes until `stop`, or until writing fails: then the failure is told and the log goes on without files.
    package func run() async {
        await source.noteCaptured(through: 0)
        do {
            try openNext()
            while !isStopping {
                try await writeNews()
                await source.waitForNews(after: seen, patience: Self.patience)
            }
            try await writeNews()
        } catch {
            onFailure(error as? CaptureError ?? CaptureError(call: "\(error)", code: EIO))
        }
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        await source.noteCaptured(through: nil)
    }

    /// Lets `run` end once everything that is in the log now is written.
    package func stop() { isStopping = true }

    private func writeNews() async throws {
        repeat {
            let log = await source.log()
            seen = log.progress
            try writeBatch(of: log)
            await source.noteCaptured(through: position.number)
            if position.number >= log.newest { return }
        } while true
    }

    private func writeBatch(of log: LogSnapshot) throws {
        let through = min(log.newest, max(position.number, log.oldest - 1) + Self.batch)
        var events = log.events(after: position, through: through)[...]
        var octets: [UInt8] = []
        for number in log.numbers(after: position.number) where number <= through {
            while let event = events.first, event.position.number < number {
                events.removeFirst()
                if case .dropped(let count) = event.kind { dropped += count }
            }
            guard let record = log[number] else { continue }
            octets += PcapNG.packet(record, dropped: dropped)
            dropped = 0
        }
        position = LogPosition(through)
        guard !octets.isEmpty else { return }
        if fileSize > header.count, fileSize + octets.count > limit / Self.files { try openNext() }
        try write(octets)
    }

    // MARK: Files

    private func openNext() throws {
        if descriptor >= 0 { close(descriptor) }
        fileNumber += 1
        fileSize = 0
        let number = String(fileNumber, width: 6)
        let path = "\(directory.path)/\(Self.timeText())-\(serviceRun)-\(number)\(CaptureDirectory.suffix)"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw CaptureError(call: "open \(path)", code: errno) }
        try write(header)
        prune()
    }

    private func write(_ octets: [UInt8]) throws {
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw CaptureError(call: "write to \(directory.path)", code: errno) }
            written += count
        }
        fileSize += written
    }

    /// Deletes the oldest files, also those of earlier starts, until the rest and a full new one fit.
    private func prune() {
        var entries = directory.entries()[...]
        var total = entries.reduce(0) { $0 + $1.size } + limit / Self.files
        while total > limit, entries.count > 1, let oldest = entries.popFirst() {
            unlink("\(directory.path)/\(oldest.name)")
            total -= oldest.size
        }
    }

    /// `20261125T195800Z`, so that names sort by time.
    private static func timeText() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func padded(_ number: Int32) -> String { String(number, width: 2) }
        return String(parts.tm_year + 1_900, width: 4) + padded(parts.tm_mon + 1) + padded(parts.tm_mday) + "T"
            + padded(parts.tm_hour) + padded(parts.tm_min) + padded(parts.tm_sec) + "Z"
    }
}
