import Engine
import Glibc
import Logging

/// The writing of capture files, from the start of the service to its end.
struct CaptureTask {
    let directory: CaptureDirectory
    private let writer: CaptureWriter
    private let task: Task<Void, Never>

    /// Begins to write if `--capture-dir` asks for it; nil if not.
    init?(_ command: ServeCommand, _ engine: Engine, _ logger: Logger) throws {
        guard let path = command.captureDir else { return nil }
        let directory = CaptureDirectory(path: path)
        let writer: CaptureWriter
        do throws(CaptureError) {
            writer = try CaptureWriter(
                source: engine, directory: directory, limit: command.captureSize.value,
                application: "rawtcpweb \(Version.number)", run: engine.run,
                onFailure: { logger.error("captures ended", metadata: ["error": "\($0)"]) })
        } catch {
            throw Failure(status: EX_CANTCREAT, message: "--capture-dir: \(error)").exit
        }
        self.directory = directory
        self.writer = writer
        task = Task { await writer.run() }
    }

    /// Writes what the log holds by now, and closes the file.
    func finish() async {
        await writer.stop()
        await task.value
    }
}
