import Encodings
import Foundation
import TestSupport
import Testing

/// Vectors of JSONTestSuite and of RFC 8785.
@Suite struct JSONVectorTests {
  static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  static func accepts(_ url: URL) throws -> Bool {
    let bytes = [UInt8](try Data(contentsOf: url))
    do {
      _ = try JSON.parse(bytes, limits: .document)
    } catch {
      return false
    }
    return true
  }

  /// y_ is accepted, n_ and i_ are refused; the exceptions are refused because a credential has no duplicate names.
  @Test func parsing() throws {
    guard let folder = VectorSet.folder("JSONTestSuite") else { return }
    let exceptions: Set = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]
    var cases = 0
    var passed = 0
    var differing: Set<String> = []
    for file in try Self.files(folder.appending(path: "test_parsing")) {
      let name = file.lastPathComponent
      cases += 1
      let expected = name.hasPrefix("y_")
      if try Self.accepts(file) == expected { passed += 1 } else { differing.insert(name) }
    }
    #expect(differing == exceptions)
    #expect(cases == 318)
    VectorSet.ran("JSONTestSuite parsing", cases: cases, passed: passed, exceptions: differing.count)
  }

  /// The set names no expected values. What we refuse is listed; the rest must keep its value through the canonical
  /// form.
  @Test func transform() throws {
    guard let folder = VectorSet.folder("JSONTestSuite") else { return }
    let refused: [String: JSONRejection.Kind] = [
      "number_-9223372036854775808.json": .integerTooLarge,
      "number_-9223372036854775809.json": .integerTooLarge,
      "number_10000000000000000999.json": .integerTooLarge,
      "number_1e-999.json": .numberOutOfRange,
      "number_9223372036854775807.json": .integerTooLarge,
      "number_9223372036854775808.json": .integerTooLarge,
      "object_same_key_different_values.json": .duplicateName,
      "object_same_key_same_value.json": .duplicateName,
      "object_same_key_unclear_values.json": .duplicateName,
      "string_1_escaped_invalid_codepoint.json": .loneSurrogate,
      "string_1_invalid_codepoint.json": .notUTF8,
      "string_2_escaped_invalid_codepoints.json": .loneSurrogate,
      "string_2_invalid_codepoints.json": .notUTF8,
      "string_3_escaped_invalid_codepoints.json": .loneSurrogate,
      "string_3_invalid_codepoints.json": .notUTF8,
    ]
    var cases = 0
    var refusals: [String: JSONRejection.Kind] = [:]
    for file in try Self.files(folder.appending(path: "test_transform")) {
      cases += 1
      do throws(JSONRejection) {
        let value = try JSON.parse([UInt8](try Self.read(file)))
        let canonical = value.canonical()
        #expect(try JSON.parse(canonical).canonical() == canonical, "\(file.lastPathComponent)")
      } catch {
        refusals[file.lastPathComponent] = error.kind
      }
    }
    #expect(refusals == refused)
    #expect(cases == 22)
    VectorSet.ran("JSONTestSuite transform", cases: cases, passed: cases - refusals.count, exceptions: refusals.count)
  }
  static func read(_ url: URL) throws(JSONRejection) -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw JSONRejection(kind: .unexpectedEnd, offset: 0)
    }
  }

  @Test func canonicalTriples() throws {
    guard let folder = VectorSet.folder("jcs-rfc8785") else { return }
    var cases = 0
    var passed = 0
    for input in try Self.files(folder.appending(path: "testdata/input")) {
      let name = input.lastPathComponent
      let output = [UInt8](try Data(contentsOf: folder.appending(path: "testdata/output/\(name)")))
      let hex = try String(
        contentsOf: folder.appending(path: "testdata/outhex/\(input.deletingPathExtension().lastPathComponent).txt"),
        encoding: .utf8
      )
      // force: a broken vector file must be seen
      let fromHex = hex.split { $0 == " " || $0 == "\n" || $0 == "\r\n" }.map { UInt8($0, radix: 16)! }
      cases += 1
      let canonical = try JSON.parse([UInt8](try Data(contentsOf: input))).canonical()
      #expect(canonical == output, "\(name)")
      #expect(canonical == fromHex, "\(name)")
      #expect(try JSON.parse(canonical).canonical() == canonical, "\(name)")
      if canonical == output { passed += 1 }
    }
    #expect(cases == 6)
    VectorSet.ran("jcs-rfc8785 documents", cases: cases, passed: passed)
  }

  @Test func canonicalNumbers() throws {
    guard let folder = VectorSet.folder("jcs-rfc8785") else { return }
    let text = try String(contentsOf: folder.appending(path: "es6testfile10k.txt"), encoding: .utf8)
    var cases = 0
    var wrong: [String] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ",")
      guard parts.count == 2, let bits = UInt64(parts[0], radix: 16) else {
        wrong.append(String(line))
        continue
      }
      cases += 1
      let value = Double(bitPattern: bits)
      let written = JSON.number(value).canonical()
      if written != Array(parts[1].utf8) { wrong.append(String(line)) }
      // Plain digits beyond 2^53 are what the writer must write and the reader refuses.
      if let read = JSON.parsed(written), read.double != value { wrong.append("read back: \(line)") }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    #expect(cases == 10_000)
    VectorSet.ran("jcs-rfc8785 numbers", cases: cases, passed: cases - wrong.count)
  }
}

extension JSON {
  static func parsed(_ bytes: [UInt8]) -> JSON? {
    do {
      return try JSON.parse(bytes)
    } catch {
      return nil
    }
  }
}
