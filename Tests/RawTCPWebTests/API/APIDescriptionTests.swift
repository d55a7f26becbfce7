import Foundation
import HTTPTypes
import RawTCPWeb
import TestSupport
import Testing

/// `openapi.json` describes exactly the table of routes.
@Suite struct APIDescriptionTests {
    private let description: JSON

    init() throws {
        description = try JSON(parsing: Array(Checkout.text("Public/openapi.json").utf8))
    }

    /// Every described operation: its method and path, and the operation itself.
    private var operations: [String: JSON] {
        var operations: [String: JSON] = [:]
        for path in description["paths"]?.members ?? [] {
            for operation in path.value.members {
                operations["\(operation.name.uppercased()) \(path.name)"] = operation.value
            }
        }
        return operations
    }

    private func parameters(_ operation: JSON, in place: String) -> [String] {
        (operation["parameters"]?.elements ?? []).filter { $0["in"]?.text == place }.compactMap { $0["name"]?.text }
    }

    @Test func everyRouteIsDescribedAndNoneInvented() {
        let routes = Set(surface.map { "\($0.method.rawValue) \($0.template)" })
        let described = Set(operations.keys)
        #expect(routes.subtracting(described) == [])
        #expect(described.subtracting(routes) == [])
    }

    @Test func everyParameterIsDescribedAndNoneInvented() {
        for route in surface {
            let key = "\(route.method.rawValue) \(route.template)"
            guard let operation = operations[key] else { continue }
            #expect(Set(parameters(operation, in: "query")) == Set(route.parameters), "\(key)")
            let holes = route.template.matches(of: /\{(\w+)\}/).map { String($0.output.1) }
            #expect(parameters(operation, in: "path") == holes, "\(key)")
            #expect(parameters(operation, in: "header").contains("Idempotency-Key") == route.putsOnWire, "\(key)")
        }
    }

    @Test func everyOperationHasACurlThatRuns() {
        for (key, operation) in operations {
            let source = operation["x-codeSamples"]?.elements.first?["source"]?.text ?? ""
            #expect(source.hasPrefix("curl "), "\(key)")
            #expect(operation["description"]?.text?.contains(source) == true, "\(key)")
        }
    }

    @Test func theVersionIsTheProgramsOwn() {
        #expect(description["openapi"]?.text?.hasPrefix("3.1") == true)
        #expect(description["info"]?["version"]?.text == Version.number)
    }

    @Test func everyKindOfProblemIsListed() {
        let kinds = description["components"]?["schemas"]?["Problem"]?["properties"]?["type"]?["enum"]?.elements
        #expect(kinds?.compactMap(\.text) == ProblemType.allCases.map(\.reference))
    }

    @Test func theRequestsMembersAreThoseThatAreRead() throws {
        let schema = description["components"]?["schemas"]?["ConnectionRequest"]?["properties"]
        let names = schema?.members.map(\.name) ?? []
        #expect(!names.isEmpty)
        // Unknown to the reader is what it names as such: it must not name a described member.
        let body = JSON.object(names.map { JSON.Member($0, [:]) } + [JSON.Member("unknown", 1)])
        #expect { try ConnectionRequest(StrictObject(body)) } throws: { error in
            let unknown = (error as? Problem)?.faults.filter(\.isUnknownMember).map(\.place)
            return unknown == [.pointer("/unknown")]
        }
    }
}

extension JSON {
    fileprivate var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }
    fileprivate var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}
