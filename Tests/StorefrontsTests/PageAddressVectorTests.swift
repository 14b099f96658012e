import Encodings
import Foundation
import Storefronts
import TestSupport
import Testing
import Yams

/// The published cases of page addresses: every one must have exactly its outcome.
@Suite struct PageAddressVectors {
  struct File: Decodable {
    /// One address.
    struct Case: Decodable {
      /// Its key, or why it is refused.
      struct Expect: Decodable {
        let key: String?
        let refused: String?
        let why: String?
        let match: Bool?
        let reasons: [String]?
      }
      let id: String
      let input: String
      let binding: String?
      let bind: String?
      let expect: Expect
    }
    /// The public suffixes that the cases assume.
    struct Suffixes: Decodable { let icann: [String], `private`: [String] }
    let format: String
    let platforms: String
    let publicSuffixes: Suffixes
    let redirectors: [String]
    let cases: [Case]
  }

  @Test func allCases() throws {
    guard let folder = VectorSet.folder("page-addresses") else { return }
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: folder.appending(path: "cases.json")))
    #expect(file.format == "khatm-page-addresses/1")
    let table = try YAMLDecoder().decode(
      PlatformTable.self,
      from: String(contentsOf: folder.appending(path: file.platforms), encoding: .utf8)
    )
    let rules = BindingRules(
      platforms: table,
      publicSuffixes: PublicSuffixes(icann: file.publicSuffixes.icann, private: file.publicSuffixes.private),
      redirectors: Set(file.redirectors.map { Text($0) })
    )
    var passed = 0
    for test in file.cases where agrees(test, table, rules: rules) { passed += 1 }
    VectorSet.ran("page-addresses", cases: file.cases.count, passed: passed)
    #expect(file.cases.count >= 192)
    #expect(passed == file.cases.count)
  }

  private func agrees(_ test: File.Case, _ table: PlatformTable, rules: BindingRules) -> Bool {
    let bytes = Array(test.input.utf8)
    let got: String
    if let bind = test.bind {
      guard let kind = Binding.Kind(rawValue: bind) else { return false }
      do {
        got = "key \(try Binding.forIssue(bytes, kind: kind, rules: rules).key)"
      } catch {
        got = "refused \(error.code) \(error.why ?? "-")"
      }
    } else {
      do {
        let page = try PageAddress.read(bytes, platforms: table)
        let match = test.binding.map { binding in page.matchKeys.contains { $0.text == Text(binding) } }
        got = "key \(page.key) \(page.notes.map(\.rawValue)) \(match.map { "\($0)" } ?? "-")"
      } catch {
        got = "refused \(error.code) -"
      }
    }
    let wanted =
      if let code = test.expect.refused { "refused \(code) \(test.expect.why ?? "-")" } else if test.bind != nil {
        "key \(test.expect.key ?? "?")"
      } else {
        "key \(test.expect.key ?? "?") \(test.expect.reasons ?? []) \(test.expect.match.map { "\($0)" } ?? "-")"
      }
    #expect(got == wanted, "\(test.id) \(test.input.prefix(80))")
    return Array(got.utf8) == Array(wanted.utf8)
  }
}
