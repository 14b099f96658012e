import Credentials
import Encodings
import Foundation
import PKI
import TestSupport
import Testing

/// Packing and unpacking within a limit.
@Suite struct GzipTests {
  @Test func comesBack() throws {
    for bytes in [
      [], [1], [UInt8](repeating: 0, count: 16_384), (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) },
    ] as [[UInt8]] {
      let packed = try Gzip.compress(bytes)
      #expect(try Gzip.decompress(packed, limit: bytes.count) == bytes)
      #expect(try Gzip.compress(bytes) == packed)
      #expect(Array(packed[4..<8]) == [0, 0, 0, 0])  // no time stamp
      if !bytes.isEmpty {
        #expect(throws: GzipRejection.tooLarge(limit: bytes.count - 1)) {
          try Gzip.decompress(packed, limit: bytes.count - 1)
        }
      }
    }
  }

  @Test func onlyOneWholeMember() throws {
    let packed = try Gzip.compress([UInt8]("status".utf8))
    #expect(throws: GzipRejection.malformed) { try Gzip.decompress([], limit: 100) }
    #expect(throws: GzipRejection.malformed) { try Gzip.decompress(packed + packed, limit: 100) }
    #expect(throws: GzipRejection.malformed) { try Gzip.decompress(packed + [0], limit: 100) }
    for length in 0..<packed.count {
      #expect(throws: GzipRejection.malformed) { try Gzip.decompress(Array(packed[..<length]), limit: 100) }
    }
    for at in (packed.count - 8)..<packed.count {  // CRC-32 and length
      var wrong = packed
      wrong[at] ^= 1
      #expect(throws: GzipRejection.malformed) { try Gzip.decompress(wrong, limit: 100) }
    }
    let zlib: [UInt8] = [0x78, 0x9C, 0x4B, 0x04, 0x00, 0x00, 0x62, 0x00, 0x62]
    #expect(throws: GzipRejection.malformed) { try Gzip.decompress(zlib, limit: 100) }
  }
}

/// Lists of bits, as credentials and by themselves.
@Suite struct StatusListTests {
  @Test func firstBitIsTheMostSignificant() throws {
    var list = BitstringStatusList()
    #expect(list.count == 131_072)
    list.set(0, to: true)
    list.set(9, to: true)
    list.set(131_071, to: true)
    #expect(list.bytes[0] == 0x80 && list.bytes[1] == 0x40 && list.bytes[16_383] == 0x01)
    #expect(list.setIndexes == [0, 9, 131_071])
    #expect(list[8] == false && list[9] == true)
    #expect(list[-1] == nil && list[131_072] == nil && list[.max] == nil)
    let again = try BitstringStatusList(encodedList: try list.encodedList())
    #expect(again == list)
    list.set(9, to: false)
    #expect(list.setIndexes == [0, 131_071])
  }

  static func problem(_ encoded: Text) -> StatusRejection? {
    do throws(StatusRejection) {
      _ = try BitstringStatusList(encodedList: encoded)
    } catch {
      return error
    }
    return nil
  }

  @Test func encodedListsThatAreNone() throws {
    let packed = try Gzip.compress([UInt8](repeating: 0, count: 16_384))
    #expect(Self.problem(Text("u" + Base64URL.encode(packed))) == nil)
    for bad in [
      "", "u", "U" + Base64URL.encode(packed), "m" + Base64.encode(packed), "z" + Base64URL.encode(packed),
      "u" + Base64URL.encode(packed) + "=",
      "u" + Base64URL.encode(packed + [0]), "u" + Base64URL.encode(packed + packed),
      "u" + Base64URL.encode(packed.dropLast()),
    ] {
      guard case .malformed = Self.problem(Text(bad)) else {
        Issue.record("accepted \(bad.prefix(20))")
        continue
      }
    }
    #expect(
      Self.problem(Text("u" + Base64URL.encode(try Gzip.compress([UInt8](repeating: 0, count: 16_383)))))
        == .length(bits: 131_064)
    )
    #expect(Self.problem(Text("u" + Base64URL.encode(try Gzip.compress([UInt8](repeating: 0, count: 2 << 20))))) == nil)
    guard
      case .malformed = Self.problem(
        Text("u" + Base64URL.encode(try Gzip.compress([UInt8](repeating: 0, count: (2 << 20) + 1))))
      )
    else {
      Issue.record("no cap")
      return
    }
  }

  static func entry(_ changes: [(Text, JSON?)]) -> JSONObject {
    var json = StatusEntry(purpose: "revocation", index: 94_567, list: "https://a.example/status/3").json
    for (name, value) in changes { json[name] = value }
    return json
  }

  @Test func entries() throws {
    let entry = try StatusEntry(Self.entry([]))
    #expect(
      (entry.index, entry.purpose, entry.list, entry.id) == (
        94_567, "revocation", "https://a.example/status/3", "https://a.example/status/3#94567"
      )
    )
    #expect(
      try StatusEntry(Self.entry([("id", nil), ("statusSize", 1), ("type", ["BitstringStatusListEntry"])])).id == nil
    )
    #expect(try StatusEntry(Self.entry([("statusListIndex", "0")])).index == 0)
    let badIndexes: [JSON] = [
      94_567, "-1", "+5", " 3", "3 ", "", "00", "07", "1e3", "0x10", "3.0", "٣", "9223372036854775808", .null, ["3"],
    ]
    for index in badIndexes {
      #expect(throws: DocumentRejection.self) { try StatusEntry(Self.entry([("statusListIndex", index)])) }
    }
    let bad: [(Text, JSON?)] = [
      ("type", "StatusList2021Entry"), ("type", nil), ("statusPurpose", nil), ("statusPurpose", ["revocation"]),
      ("statusPurpose", ""), ("statusListCredential", nil),
      ("statusListCredential", "not a url"), ("id", "https://a.example/status/3"), ("statusSize", 2),
      ("statusSize", "1"), ("statusMessage", []), ("statusListIndex", nil),
    ]
    for change in bad { #expect(throws: DocumentRejection.self) { try StatusEntry(Self.entry([change])) } }
  }

  static func credential() -> StatusListCredential {
    var list = BitstringStatusList()
    list.set(17, to: true)
    var credential = StatusListCredential(
      id: "https://a.example/status/suspension/3",
      issuer: "did:web:a.example",
      purpose: "suspension",
      validFrom: Instant(seconds: 1_795_334_400),
      validUntil: Instant(seconds: 1_795_420_800),
      list: list
    )
    credential.issuedAt = 1_795_334_400
    return credential
  }

  @Test func credentialsComeBack() throws {
    let credential = Self.credential()
    let payload = try credential.payload()
    #expect(try StatusListCredential(payload: try JSONObject.parse(payload.canonical())) == credential)
    #expect(payload["credentialSubject"]?.object?["ttl"] == 300_000)
    #expect(payload["sub"] == "https://a.example/status/suspension/3#list")
    let entry = StatusEntry(purpose: "suspension", index: 17, list: credential.id)
    #expect(try credential.status(of: entry))
    #expect(try !credential.status(of: StatusEntry(purpose: "suspension", index: 18, list: credential.id)))
    #expect(throws: StatusRejection.verification("another purpose")) {
      try credential.status(of: StatusEntry(purpose: "revocation", index: 17, list: credential.id))
    }
    #expect(throws: StatusRejection.verification("another list")) {
      try credential.status(
        of: StatusEntry(purpose: "suspension", index: 17, list: "https://a.example/status/suspension/4")
      )
    }
    #expect(throws: StatusRejection.range(index: 131_072, bits: 131_072)) {
      try credential.status(of: StatusEntry(purpose: "suspension", index: 131_072, list: credential.id))
    }
  }

  @Test func credentialsThatAreNone() throws {
    let good = try Self.credential().payload()
    func changed(_ path: [Text], _ value: JSON?) -> JSONObject {
      var payload = good
      if path.count == 1 {
        payload[path[0]] = value
      } else {
        var subject = good[path[0]]?.object ?? [:]
        subject[path[1]] = value
        payload[path[0]] = .object(subject)
      }
      return payload
    }
    let bad: [([Text], JSON?)] = [
      (["id"], nil), (["type"], ["VerifiableCredential"]), (["issuer"], nil), (["validFrom"], nil),
      (["validUntil"], nil), (["validUntil"], "2026-11-21T00:00:00Z"),
      (["iss"], "did:web:b.example"), (["sub"], "https://a.example/other"), (["exp"], "1795420800"),
      (["credentialSubject"], []), (["credentialSubject", "type"], "StatusList2021"),
      (["credentialSubject", "statusPurpose"], nil), (["credentialSubject", "statusPurpose"], 1),
      (["credentialSubject", "ttl"], -1), (["credentialSubject", "ttl"], "300000"),
      (["credentialSubject", "encodedList"], nil), (["credentialSubject", "encodedList"], "uAAAA"), (["@context"], []),
      (["vc"], [:]),
    ]
    for (path, value) in bad {
      do throws(StatusRejection) {
        _ = try StatusListCredential(payload: changed(path, value))
        Issue.record("accepted \(path)")
      } catch { #expect(error.type.hasSuffix("#MALFORMED_VALUE_ERROR")) }
    }
    // An earlier end in the claims counts; a list without ttl has the standard's.
    #expect(
      try StatusListCredential(payload: changed(["exp"], 1_795_400_000)).validUntil == Instant(seconds: 1_795_400_000)
    )
    #expect(try StatusListCredential(payload: changed(["credentialSubject", "ttl"], nil)).ttl == 300_000)
    #expect(
      try StatusListCredential(payload: changed(["credentialSubject", "statusPurpose"], ["refresh", "suspension"]))
        .purposes == ["refresh", "suspension"]
    )
  }

  @Test func problemTypes() {
    #expect(
      StatusRejection.unpackingFailed(code: -4).type
        == "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
    )
    #expect(
      StatusRejection.verification("x").type
        == "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
    )
    #expect(
      StatusRejection.length(bits: 8).type == "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
    )
    #expect(StatusRejection.range(index: 1, bits: 1).type == "https://www.w3.org/TR/vc-data-model#RANGE_ERROR")
  }

  /// A flipped bit of the packed list never gives another list: gzip's checksum is checked.
  @Test func everyFlippedBitOfThePackedList() throws {
    let packed = try Gzip.compress(Self.credential().list.bytes)
    for at in packed.indices {
      for bit in 0..<8 {
        var flipped = packed
        flipped[at] ^= 1 << UInt8(bit)
        do {
          #expect(
            try Gzip.decompress(flipped, limit: BitstringStatusList.maxInflatedBytes) == Self.credential().list.bytes
          )
        } catch {}
      }
    }
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func vectors() throws {
    guard let folder = VectorSet.folder("status-lists") else { return }
    let cases = try #require(JOSEVectorTests.document(folder.appending(path: "bitstring-cases.json")).array)
    var passed = 0
    for item in cases {
      let item = try #require(item.object)
      let name = item["name"]?.string ?? ""
      let expect = try #require(item["expect"]?.string)
      var outcome = "ok"
      do throws(StatusRejection) {
        let list = try BitstringStatusList(encodedList: try require2(item["encodedList"]?.text))
        if let indexes = item["setIndexes"]?.array {
          #expect(list.setIndexes == indexes.compactMap(\.int))
          #expect(list.count == item["lengthBits"]?.int.map(Int.init))
          #expect(Hex.encode(SHA2.sha256(list.bytes)) == item["uncompressedSha256"]?.string)
        }
        if let index = item["queryIndex"] {
          do throws(DocumentRejection) {
            _ = try StatusEntry(Self.entry([("statusListIndex", index)]))
          } catch {
            throw .malformed(error)
          }
        }
      } catch {
        outcome = error.type.split(separator: "#").last.map(String.init) ?? ""
        if expect.contains("size cap") {
          #expect(
            error
              == .malformed(
                DocumentRejection(
                  "credentialSubject.encodedList",
                  .tooLong(maxBytes: BitstringStatusList.maxInflatedBytes)
                )
              )
          )
          outcome = expect
        }
      }
      #expect(outcome == expect, "\(name)")
      if outcome == expect { passed += 1 }
    }
    #expect(cases.count == 10)
    VectorSet.ran("status-lists", cases: cases.count, passed: passed)
  }

  func require2(_ text: Text?) throws(StatusRejection) -> Text {
    guard let text else { throw .verification("no list") }
    return text
  }
}
