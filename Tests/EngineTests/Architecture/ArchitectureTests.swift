import TestSupport
import Testing

/// The walls of docs/architecture.md, held up by reading the source itself: folders of one module do not import each other,
/// so the compiler cannot.
@Suite struct ArchitectureTests {
    @Test func arrowsNeverReverse() throws {
        let files = try ["Engine", "RawTCPWeb"].flatMap { module in
            try Checkout.files(under: "Sources/\(module)", endingIn: [".swift"]).map {
                SourceFile(path: "\(module)/\($0.path)", source: $0.text)
            }
        }
        #expect(files.count > 10, "the tests look in the wrong place")
        for breach in Architecture(files).breaches {
            Issue.record("Sources/\(breach)")
        }
    }

    @Test func noFileIsLongerThanFourHundredLines() throws {
        for folder in ["Sources", "Tests", "Benchmarks"] {
            for file in try Checkout.files(under: folder, endingIn: [".swift", ".c", ".h"]) {
                let lines = file.text.count { $0 == "\n" }
                #expect(lines <= 400, "\(folder)/\(file.path) has \(lines) lines: it wants splitting")
            }
        }
    }

    @Test func thePagesRoomsImportOnlyWhatTheyMay() throws {
        let modules = try Checkout.files(under: "Public/js", endingIn: [".js"])
        #expect(modules.count > 10, "the tests look in the wrong place")
        for breach in Page(modules).breaches { Issue.record("Public/js: \(breach)") }
        for module in modules {
            let lines = module.text.count { $0 == "\n" }
            #expect(lines < 250, "Public/js/\(module.path) has \(lines) lines: it wants splitting")
        }
    }

    @Test func anImportAgainstTheArrowsOfThePageIsFound() {
        let page = Page([
            ("elements/dom.js", "import { calls } from \"../service/api.js\";\n"),
            ("service/api.js", "// Calls.\n"),
            ("log/holes.js", "// Holes. Pure.\n\nimport { names } from \"./names.js\";\n"),
            ("log/names.js", "import { h } from \"../elements/dom.js\";\n"),
            ("main.js", "import { h } from \"./elements/dom.js\";\nimport { gone } from \"./log/gone.js\";\n"),
        ])
        #expect(
            page.breaches == [
                "elements/dom.js must not import service/api.js",
                "log/holes.js is pure, and must not reach elements/dom.js",
                "main.js must not import log/gone.js",
            ])
    }

    @Test func aTypeOfARoomAboveIsFoundWithItsLine() {
        let breaches = Architecture([
            SourceFile(path: "Engine/Stack/TCPStack.swift", source: "package struct TCPStack {}"),
            SourceFile(
                path: "Engine/TCP/Connection.swift",
                source: """
                    /// TCPStack owns it.
                    final class Connection {
                        let note = "TCPStack"
                        var stack: TCPStack?
                    }
                    """),
        ]).breaches
        #expect(
            breaches.map(\.description) == [
                "Engine/TCP/Connection.swift:4: TCPStack: TCP must not know a type of Stack"
            ])
    }

    @Test func aTypeOfARoomBelowIsFine() {
        let architecture = Architecture([
            SourceFile(path: "Engine/Wire/Segment.swift", source: "public struct Segment {}"),
            SourceFile(path: "Engine/TCP/Connection.swift", source: "final class Connection { var last: Segment? }"),
            SourceFile(path: "Engine/Engine.swift", source: "public actor Engine { var all: [Connection] = [] }"),
        ])
        #expect(architecture.breaches.isEmpty)
    }

    @Test func aNameThatTheRoomDeclaresItselfIsItsOwn() {
        let architecture = Architecture([
            SourceFile(path: "Engine/Link/Slab.swift", source: "struct Slab {}"),
            SourceFile(path: "Engine/Log/Ring.swift", source: "struct Ring { struct Slab {}; var slabs: [Slab] = [] }"),
            SourceFile(path: "Engine/Lab/Pair.swift", source: "private struct Slab {}\nenum Lab { case a(Lab.Slab) }"),
            SourceFile(path: "Engine/Wire/Slot.swift", source: "func fill<Slab: Sendable>(_ slab: Slab) {}"),
        ])
        #expect(architecture.breaches.isEmpty)
    }

    @Test func aPureRoomImportsNoFoundationAndNeverWaits() {
        let breaches = Architecture([
            SourceFile(
                path: "RawTCPWeb/HTTP/Exchange.swift",
                source: "import HTTPTypes\nprivate import Foundation\nfunc f() async { await g(); let now = Date.now }")
        ]).breaches
        #expect(Set(breaches.map(\.name)) == ["Foundation", "await", "now"])
    }

    @Test func theServerDoesNotKnowTheEngineAndTheRoutesNoSocket() {
        let breaches = Architecture([
            SourceFile(path: "RawTCPWeb/Server/HTTPServer.swift", source: "import CNIO\nimport Engine"),
            SourceFile(
                path: "RawTCPWeb/API/Router.swift", source: "import Engine\nimport CNIO\nlet server: HTTPServer"),
            SourceFile(path: "RawTCPWeb/Server/Socket.swift", source: "final class HTTPServer {}"),
        ]).breaches
        #expect(
            breaches.map { "\($0.path):\($0.line)" }.sorted() == [
                "RawTCPWeb/API/Router.swift:2", "RawTCPWeb/API/Router.swift:3", "RawTCPWeb/Server/HTTPServer.swift:2",
            ])
    }

    @Test(
        "What only people read is no code",
        arguments: [
            ("a // Late\nb", "a b"),
            ("a /* Late /* Later */ */ b", "a b"),
            (#"x = "Late \(Name) \" Late" y"#, "x = (Name) y"),
            (##"x = #"Late " \(Late) \#(Name)"# y"##, "x = (Name) y"),
            ("x = \"\"\"\n  Late \" Late\n  \"\"\" y", "x = y"),
        ])
    func strips(source: String, code: String) {
        let text = SwiftText(source)
        #expect(text.code.split(whereSeparator: \.isWhitespace).joined(separator: " ") == code)
        #expect(
            text.code.split(separator: "\n", omittingEmptySubsequences: false).count
                == source.split(separator: "\n", omittingEmptySubsequences: false).count)
    }
}
