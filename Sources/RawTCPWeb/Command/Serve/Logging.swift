import ArgumentParser
import Logging

/// How log lines look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// Writes one line for each event to standard error.
struct LineLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat

    init(label: String, format: LogFormat) {
        self.label = label
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Timestamp.text(nanoseconds: ServerClock.realtime)
        switch format {
        case .text:
            let rest = all.map { " \($0.key)=\(Printable.text("\($0.value)".utf8))" }.joined()
            let message = Printable.text("\(event.message)".utf8)
            StandardStream.error.write("\(time) \(event.level) \(label): \(message)\(rest)\n")
        case .json:
            let line = JSON.object(
                [
                    .init("time", .string(time)), .init("level", .string(event.level.rawValue)),
                    .init("label", .string(label)), .init("message", .string("\(event.message)")),
                ] + all.map { .init($0.key, .string("\($0.value)")) }
            )
            StandardStream.error.write(String(decoding: line.serialized(), as: UTF8.self))
        }
    }
}
