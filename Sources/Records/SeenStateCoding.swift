internal import Encodings

/// `seen.json`: canonical JSON, written by nobody but us. What is not exactly that counts as lost.
extension SeenState {
  private static let version: Int64 = 1

  public var bytes: [UInt8] {
    var lists = JSONObject()
    var crls = JSONObject()
    var terms = JSONObject()
    for (url, list) in self.lists {
      lists[url] = .object([
        "validFrom": JSON(list.validFrom.description), "digest": JSON(Hex.encode(list.digest)),
      ])
    }
    for (url, number) in self.crls { crls[url] = .integer(number) }
    for (key, until) in self.terms { terms[key] = .integer(until) }
    let object: JSONObject = [
      "v": .integer(Self.version), "anchors": JSON(anchors.map { Hex.encode($0) }.sorted()), "host": JSON(host),
      "sequence": trustList.map { .integer($0.sequence) }, "trustList": trustList.map { JSON(Hex.encode($0.digest)) },
      "checkpoint": head.map { JSON(String(decoding: $0.note, as: UTF8.self)) },
      "lists": .object(lists), "crls": .object(crls), "terms": .object(terms),
      "statement": statement.map {
        .object(["seq": .integer($0.sequence), "digest": JSON(Hex.encode($0.digest))])
      },
      "time": .integer(time),
    ]
    return object.canonical()
  }

  /// Nil for anything else than what `bytes` writes.
  public static func parse(_ bytes: [UInt8]) -> SeenState? {
    guard let state = read(bytes), state.bytes == bytes else { return nil }
    return state
  }

  private static func read(_ bytes: [UInt8]) -> SeenState? {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(
        bytes,
        limits: JSONLimits(maxBytes: maxBytes, maxDepth: 4, maxMembers: 10_000)
      )
    } catch { return nil }
    guard object["v"]?.int == version, let host = object["host"]?.text, let time = object["time"]?.int,
      let anchors = object["anchors"]?.array, anchors.count <= maxAnchors,
      let lists = object["lists"]?.object, let crls = object["crls"]?.object, let terms = object["terms"]?.object
    else { return nil }
    var state = SeenState(anchors: [], host: host, time: time)
    for anchor in anchors {
      guard let digest = digest(anchor) else { return nil }
      state.anchors.insert(digest)
    }
    if let sequence = object["sequence"]?.int {
      guard let digest = digest(object["trustList"]) else { return nil }
      state.trustList = TrustListVersion(sequence: sequence, digest: digest)
    }
    if let note = object["checkpoint"]?.text {
      guard let head = Head(note: note.bytes) else { return nil }
      state.head = head
    }
    for member in lists.members {
      guard let list = member.value.object, let from = list["validFrom"]?.string.flatMap({ Instant(rfc3339: $0) }),
        let digest = digest(list["digest"])
      else { return nil }
      state.lists[member.name] = List(validFrom: from, digest: digest)
    }
    for member in crls.members {
      guard let number = member.value.int else { return nil }
      state.crls[member.name] = number
    }
    for member in terms.members {
      guard let until = member.value.int else { return nil }
      state.terms[member.name] = until
    }
    if let statement = object["statement"]?.object {
      guard let sequence = statement["seq"]?.int, let digest = digest(statement["digest"]) else { return nil }
      state.statement = Statement(sequence: sequence, digest: digest)
    }
    return state
  }

  private static func digest(_ value: JSON?) -> [UInt8]? {
    value?.text.flatMap { Hex.decode($0.bytes) }.flatMap { $0.count == 32 ? $0 : nil }
  }
}
