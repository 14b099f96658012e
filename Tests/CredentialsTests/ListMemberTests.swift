import Encodings
import PKI
import Testing

@testable import Credentials

/// The trust list member by member, by walking through a whole one.
@Suite struct ListMemberTests {
  /// Every member of every object below, by names and positions.
  private static func paths(_ value: JSON, _ path: [String] = []) -> [[String]] {
    if let object = value.object {
      return object.members.flatMap { member in
        [path + [member.name.string]] + paths(member.value, path + [member.name.string])
      }
    }
    return (value.array ?? []).enumerated().flatMap { paths($1, path + ["\($0)"]) }
  }

  /// As errors write it: `entities[0].services[0].keys`.
  private static func written(_ path: some Sequence<String>) -> String {
    path.reduce("") { Int($1) == nil ? ($0.isEmpty ? $1 : "\($0).\($1)") : "\($0)[\($1)]" }
  }

  private func error(_ payload: JSONObject, _ path: [String], value: JSON?) throws -> DocumentRejection? {
    let changed = try #require(TrustListTests.changed(.object(payload), path[...], new: value)?.object)
    #expect(changed != payload)
    do throws(DocumentRejection) {
      _ = try TrustList(payload: changed)
      return nil
    } catch { return error }
  }

  private static let keyMembers: Set<String> = ["kty", "crv", "x", "y", "kid", "alg", "use", "nbf", "exp", "purpose"]
  private static func isKey(_ path: [String]) -> Bool {
    path.dropLast().contains("keys") || path.first == "answerKeys" && path.count > 1
  }

  @Test func withoutOneMember() throws {
    let payload = try TrustListTests.make().payload
    let mayBeAbsent: Set<String> = [
      "jti", "pointersToOtherLists", "answerKeys", "logKeys", "programmes", "platforms", "programmes[0].tier",
      "entities[0].services[0].previousStatus", "entities[0].services[0].programmes",
      "entities[0].services[0].keys", "entities[0].services[0].issuingCA[0].x5c",
      "entities[0].services[0].keys[0].purpose",
      "entities[0].services[0].keys[0].use", "answerKeys[0].purpose", "answerKeys[0].use",
    ]
    var seen: Set<String> = []
    let paths = Self.paths(.object(payload))
    for path in paths {
      let name = Self.written(path)
      guard let error = try error(payload, path, value: nil) else {
        seen.insert(name)
        continue
      }
      // What is missing from a key is said of the key.
      let isNumberOfKey = Self.isKey(path) && ["kty", "crv", "x", "y"].contains(path.last)
      #expect(error.where == (isNumberOfKey ? Self.written(path.dropLast()) : name), "\(name)")
      if !isNumberOfKey, path.last != "logged" { #expect(error.what == .missing, "\(name)") }
    }
    #expect(seen == mayBeAbsent)
    #expect(paths.count > 60)
  }

  @Test func ofAnotherKind() throws {
    let payload = try TrustListTests.make().payload
    for path in Self.paths(.object(payload)) {
      for value in [.null, .number(1.5), .bool(true), -1, "", .object(["a": 1]), [1]] as [JSON] {
        if path.last == "logged", value == true { continue }
        let error = try error(payload, path, value: value)
        #expect(error != nil, "\(path) \(value)")
        #expect(
          error?.where.hasPrefix(Self.written(Self.isKey(path) ? path.dropLast() : path[...])) == true,
          "\(path) \(value): \(error?.where ?? "")"
        )
      }
    }
  }

  /// The form is ours, so what we do not know refuses the list, wherever it stands.
  @Test func withOneMemberMore() throws {
    let payload = try TrustListTests.make().payload
    var objects: [[String]] = [[]]
    func collect(_ value: JSON, _ path: [String]) {
      if let object = value.object {
        if !path.isEmpty { objects.append(path) }
        for member in object.members { collect(member.value, path + [member.name.string]) }
      }
      for (at, item) in (value.array ?? []).enumerated() { collect(item, path + ["\(at)"]) }
    }
    collect(.object(payload), [])
    #expect(objects.count == 11)  // the list, its lists' items, and what stands in these
    for path in objects {
      for name in ["unknown", "ID", "name "] {
        let error = try error(payload, path + [name], value: "x")
        #expect(error == DocumentRejection(Self.written(path + [name]), .unknownMember), "\(path) \(name)")
      }
    }
  }

  @Test func listsAtTheirLimits() throws {
    let payload = try TrustListTests.make().payload
    let service = ["entities", "0", "services", "0"]
    for (path, max) in [
      (["entities"], 1_000), (["pointersToOtherLists"], 64), (["answerKeys"], 64), (["logKeys"], 64),
      (["programmes"], 64),
      (["entities", "0", "services"], 64), (service + ["previousStatus"], 64),
      (service + ["credentialTypes"], 64), (service + ["programmes"], 64), (service + ["tiers"], 64),
      (service + ["subjectIdentifierPrefixes"], 64), (service + ["issuingCA"], 64), (service + ["keys"], 64),
      (service + ["statusLists"], 64),
    ] {
      #expect(
        try error(payload, path, value: .array([JSON](repeating: .null, count: max + 1)))
          == DocumentRejection(Self.written(path), .tooMany(max: max)),
        "\(path)"
      )
      let atTheLimit = try error(payload, path, value: .array([JSON](repeating: .null, count: max)))
      #expect(atTheLimit?.where == Self.written(path + ["0"]), "\(path)")  // the first item is what is wrong
    }
    let names = JSON((0..<64).map { "t\($0)" })
    for path in [service + ["tiers"], ["logKeys"]] { #expect(try error(payload, path, value: names) == nil) }
  }

  @Test func textsAtTheirLimits() throws {
    let payload = try TrustListTests.make().payload
    for (path, max) in [
      (["schemeName"], 4_096), (["schemeTerritory"], 6), (["entities", "0", "name"], 512),
      (["entities", "0", "jurisdiction"], 6),
      (["programmes", "0", "id"], 64), (["programmes", "0", "tier"], 64),
      (["programmes", "0", "policy"], 128), (["programmes", "0", "title", "ar"], 512), (["platforms", "version"], 64),
    ] {
      #expect(try error(payload, path, value: JSON(String(repeating: "a", count: max))) == nil, "\(path)")
      #expect(
        try error(payload, path, value: JSON(String(repeating: "a", count: max + 1)))
          == DocumentRejection(Self.written(path), .tooLong(maxBytes: max)),
        "\(path)"
      )
    }
    for path in [["schemeName"], ["entities", "0", "name"], ["programmes", "0", "title", "zh"]] {
      for scalar in [UInt32(0), 0x0A, 0x7F, 0x9F, 0x061C, 0x200E, 0x2028, 0x202E, 0x2066, 0x2069, 0xFEFF, 0xFFFF] {
        let text = "a" + String(Character(try #require(UnicodeScalar(scalar)))) + "b"
        #expect(
          try error(payload, path, value: JSON(text))
            == DocumentRejection(Self.written(path), .forbiddenCharacter(scalar)),
          "\(path) \(scalar)"
        )
      }
      #expect(try error(payload, path, value: "\u{200D}\u{202F}\u{2065}\u{FFFD}😀") == nil)
    }
  }

  @Test func contradictions() throws {
    let payload = try TrustListTests.make().payload
    let service = ["entities", "0", "services", "0"]
    let conflicts: [([String], JSON, DocumentRejection.What)] = [
      (["exp"], 1_795_305_600, .conflict(with: "iat")),
      (service + ["keys", "0", "exp"], 1, .conflict(with: "entities[0].services[0].keys[0].nbf")),
      (
        service + ["previousStatus", "0", "statusStartingTime"], "2026-11-06T21:20:00Z",
        .conflict(with: "entities[0].services[0].statusStartingTime")
      ),
      (service + ["issuingCA", "0", "x5c"], "AQIE", .conflict(with: "entities[0].services[0].issuingCA[0].x5t#S256")),
      (
        service + ["issuingCA", "0", "x5c"], "AQID\n", .conflict(with: "entities[0].services[0].issuingCA[0].x5t#S256")
      ),
    ]
    for (path, value, what) in conflicts {
      #expect(try error(payload, path, value: value) == DocumentRejection(Self.written(path), what), "\(path)")
    }
    let history = try #require(
      payload["entities"]?.array?[0].object?["services"]?.array?[0].object?["previousStatus"]?.array?[0]
    )
    for status in ["granted", "withdrawn"] {  // two states from one moment on would leave the choice to the reader
      let twin = try #require(TrustListTests.changed(history, ["status"], new: JSON(status)))
      #expect(
        try error(payload, service + ["previousStatus", "1"], value: twin)
          == DocumentRejection("entities[0].services[0].previousStatus[1].statusStartingTime", .duplicate)
      )
    }
    let key = try #require(payload["answerKeys"]?.array?[0])
    #expect(try error(payload, ["answerKeys", "1"], value: key) == DocumentRejection("answerKeys[1].kid", .duplicate))
    #expect(
      try error(payload, ["logKeys", "1"], value: try #require(payload["logKeys"]?.array?[0]))
        == DocumentRejection("logKeys[1]", .duplicate)
    )
  }

  @Test func theHistoryInAnyOrder() {
    func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }
    var service = TrustList.Service(status: .init(.granted, since: at(400)))
    let changes: [TrustList.StatusChange] = [
      .init(.granted, since: at(100)), .init(.suspended, since: at(200)), .init(.withdrawn, since: at(300)),
    ]
    for previous in [changes, changes.reversed(), [changes[1], changes[2], changes[0]]] {
      service.previous = previous
      let found = [99, 100, 199, 200, 299, 300, 399, 400, 1_000].map { service.status(at: at($0)) }
      #expect(found == [nil, .granted, .granted, .suspended, .suspended, .withdrawn, .withdrawn, .granted, .granted])
    }
    #expect(service.status(at: Instant(seconds: 399, nanoseconds: 999_999_999)) == .withdrawn)
  }
}
