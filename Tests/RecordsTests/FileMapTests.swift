import Encodings
import Fixtures
import PKI
import Records
import Testing
import TransparencyLog

/// `files.json`, and files under their digests.
struct FileMapTests {
  private let digest = SHA2.sha256([1])

  @Test func roundTrip() throws {
    let map = try FileMap(["status/dubai/revocation/1": digest, ".well-known/chamber-trust-list.jwt": digest])
    let hex = Hex.encode(digest)
    #expect(
      String(decoding: map.bytes, as: UTF8.self)
        == #"{"files":{".well-known/chamber-trust-list.jwt":"\#(hex)","status/dubai/revocation/1":"\#(hex)"},"v":1}"#
    )
    #expect(try FileMap.parse(map.bytes) == map)
    #expect(try FileMap.parse(FileMap([:]).bytes).digests.isEmpty)
  }

  @Test(arguments: [
    "", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a b", "a\\b", "é", "a/\u{202E}b", "files.json", "checkpoint",
    "tile/0/000", "records/000", "store/aa/b", "recognised/a/b", "dia/1", "a/b/c/d/e/f/g/h/i",
  ])
  func paths(path: String) {
    #expect(throws: FileMapRejection.path(Text(path))) { try FileMap([Text(path): digest]) }
  }

  @Test func otherSpellings() throws {
    let hex = Hex.encode(digest)
    let good = #"{"files":{"a":"\#(hex)","b":"\#(hex)"},"v":1}"#
    #expect(try FileMap.parse(Array(good.utf8)).digests.count == 2)
    let wrong = [
      "", "{}", good + "\n", good.replacing(#""v":1"#, with: #""v":2"#), good.replacing(#","v":1"#, with: ""),
      good.replacing(#""v":1"#, with: #""v":1,"w":1"#), good.replacing(hex, with: hex.uppercased()),
      good.replacing(#""b""#, with: #""a""#), good.replacing(hex, with: String(hex.dropLast(2))),
      #"{"files":{"b":"\#(hex)","a":"\#(hex)"},"v":1}"#, good.replacing(#""a""#, with: #""..""#),
    ]
    for text in wrong { #expect(throws: FileMapRejection.self, "\(text)") { try FileMap.parse(Array(text.utf8)) } }
  }

  @Test func limits() throws {
    var digests: [Text: [UInt8]] = [:]
    for number in 0..<FileMap.maxNames { digests[Text("certs/\(number).pem")] = digest }
    #expect(try FileMap.parse(FileMap(digests).bytes).digests.count == FileMap.maxNames)
    digests["certs/more.pem"] = digest
    #expect(throws: FileMapRejection.tooMany(FileMap.maxNames + 1)) { try FileMap(digests) }
    #expect(throws: FileMapRejection.self) {
      try FileMap.parse([UInt8](repeating: 0x20, count: FileMap.maxBytes + 1))
    }
  }

  @Test func store() throws {
    let hex = Hex.encode(digest)
    #expect(StorePath.path(of: digest) == "store/\(hex.prefix(2))/\(hex)")
    let source = RecordSource { [digest] path, limit in
      path == StorePath.path(of: digest) && limit >= 1 ? [1] : [9]
    }
    #expect(try source.stored(digest, limit: 1) == [1])
    #expect(try source.stored(SHA2.sha256([2]), limit: 1) == nil)  // other bytes under the name
    #expect(try source.stored(digest, limit: 0) == nil)
  }
}
