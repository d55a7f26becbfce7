import Engine
import Foundation
import Testing

/// Every script under `Scripts`. `scripts/try-scenarios.sh` runs others.
struct ScriptCorpusTests {
    @Test func everyScriptPasses() throws {
        let corpus = try Corpus(Corpus.home)
        for file in corpus.files {
            if let problem = corpus.problem(in: file) { Issue.record("\(file): \(problem)") }
        }
    }

    @Test func noScriptPassesWithItsLastExpectationChanged() throws {
        let corpus = try Corpus(Corpus.home)
        for file in corpus.files {
            let text = try corpus.text(file)
            guard let changed = Corpus.changed(text) else { continue }
            #expect(corpus.problem(inText: changed) != nil, "\(file)")
        }
    }

    @Test func everyScriptSaysWhatItIsForInOneLine() throws {
        let corpus = try Corpus(Corpus.home)
        #expect(corpus.files.count >= 120)
        for file in corpus.files {
            let first = try corpus.text(file).split(separator: "\n").first ?? ""
            #expect(first.hasPrefix("// ") && first.count > 20, "\(file)")
        }
    }
}

/// A folder of scripts.
struct Corpus {
    static let home = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Scripts")

    let folder: URL
    /// Paths below the folder, in order.
    let files: [String]

    init(_ folder: URL) throws {
        self.folder = folder
        files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".pkt") }
            .sorted()
    }

    func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    /// A script names its profile in a comment, `// profile: linux`.
    func personality(_ text: String) -> Personality {
        let line = text.split(separator: "\n").first { $0.hasPrefix("// profile: ") }
        return Personality(rawValue: String(line?.dropFirst(12) ?? "default")) ?? .standard
    }

    /// The script with other sequence numbers in its last expected segment; nil if it expects none.
    static func changed(_ text: String) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // What our SYN is called is the script's own choice.
        let pattern = /^([^S]* > [^S]*?)(\d+):(\d+)\((\d+)\)(.*)$/
        guard let last = lines.lastIndex(where: { $0.firstMatch(of: pattern) != nil }),
            let match = lines[last].firstMatch(of: pattern), let start = UInt32(match.2), let end = UInt32(match.3)
        else { return nil }
        lines[last] = "\(match.1)\(start &+ 1):\(end &+ 1)(\(match.4))\(match.5)"
        return lines.joined(separator: "\n")
    }

    /// What is wrong with a script; nil if it passes.
    func problem(in file: String) -> String? {
        guard let text = try? text(file) else { return "can't be read" }
        return problem(inText: text)
    }

    /// What is wrong with the text of a script; nil if it passes.
    func problem(inText text: String) -> String? {
        do {
            var setting = ScriptSetting(personality: personality(text), seed: 7)
            // Sequence numbers wrap in each of them.
            setting.initialSequence = SequenceNumber(0xffff_fff0)
            let script = try Script(parsing: text, definitions: setting.personality.definitions)
            _ = try ScriptRunner.run(script, setting)
            return nil
        } catch ScriptProblem.failed(let failure) {
            return "line \(failure.line): \(failure.source): expected \(failure.expected), actual \(failure.actual)"
        } catch ScriptProblem.unsupported(let error) {
            return "\(error)"
        } catch {
            return "\(error)"
        }
    }
}
