internal import Credentials
package import Directory
internal import Encodings
internal import TransparencyLog

/// One page of the change feed, as it is written and as it is read: `GET /v1/changes?after=&limit=&records=`.
///
/// Whoever kept the right edge of the tree at `after` (at most 63 hashes) appends the entries and knows the root at
/// `next`; `proof` shows that the signed checkpoint continues it. So no entry can be left out, changed or moved, and
/// nobody need read a tile.
package struct ChangePage: Hashable, Sendable {
  package static let largestLimit = 500
  /// 500 entries of full length, and as many credentials, in base64.
  package static let maxBytes = 16 << 20
  static let maxStatementBytes = 16 << 10

  /// A credential as a follower needs it to keep its own directory. Headers are equal for all credentials of one key
  /// and stand once.
  package struct Record: Hashable, Sendable {
    package let id: String
    package let header: [UInt8], payload: [UInt8], signature: [UInt8]
    package let leaf: UInt64
    package let salt: [UInt8]
    package let statement: [UInt8]?
    package let replacedBy: String?
    /// The chamber's statement about the pages; nil while there is none.
    package let bindings: [UInt8]?

    var token: [UInt8] { Base64URL.join(header, payload, signature) }

    /// The row of the directory. What is looked up by stands in the token; nothing of it is taken from elsewhere.
    func row() throws(FollowFailure) -> PublicRecord {
      let credential: MembershipCredential
      let object: JSONObject
      do {
        object = try JSONObject.parse(payload)
        credential = try MembershipCredential(payload: object)
      } catch { throw .recordWrong(id: id, why: "its token cannot be read") }
      // `https://HOST/status/<chamber>/…`: the chamber's short name stands nowhere else in a token.
      let list =
        credential.statusEntries.first?.list.bytes.split(separator: UInt8(ascii: "/")).map {
          String(decoding: $0, as: UTF8.self)
        } ?? []
      return PublicRecord(
        id: id,
        header: header,
        payload: payload,
        signature: signature,
        chamber: list.count > 3 ? list[3] : "",
        programme: credential.programme?.string ?? "",
        registerID: credential.organization.organizationIdentifier?.string ?? "",
        names: PublicRecord.names(in: object),
        validUntil: credential.validUntil.seconds,
        statement: statement,
        leaf: Int64(clamping: leaf),
        salt: salt,
        replacedBy: replacedBy,
        pageKeys: credential.organization.storefronts.map(\.key.string),
        bindings: bindings
      )
    }
  }

  package let after: UInt64, next: UInt64
  /// The signed note.
  package let checkpoint: [UInt8]
  package let size: UInt64
  /// From the tree of `next` entries to that of the checkpoint; empty when they are the same, or `next` is 0.
  package let proof: [[UInt8]]
  /// Canonical entries `after ..< next`.
  package let entries: [[UInt8]]
  package let records: [Record]

  /// Strict in form; nothing is verified.
  package static func parse(_ bytes: [UInt8]) throws(FollowFailure) -> ChangePage {
    let wrong = { (why: String) in FollowFailure.malformed(what: "the change feed", why: why) }
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: maxBytes, maxDepth: 12, maxMembers: 10_000))
    } catch {
      throw wrong(error.description)
    }
    func number(_ object: JSONObject, _ name: Text) throws(FollowFailure) -> UInt64 {
      guard let value = object[name]?.int.flatMap({ UInt64(exactly: $0) }) else { throw wrong(name.string) }
      return value
    }
    func decoded(_ value: JSON?, _ name: String) throws(FollowFailure) -> [UInt8] {
      guard let found = value?.text.flatMap({ Base64URL.decode($0.bytes) }) else { throw wrong(name) }
      return found
    }
    let after = try number(object, "after")
    let next = try number(object, "next")
    guard object["v"]?.int == 1, after <= next, next - after <= UInt64(largestLimit),
      let checkpoint = object["checkpoint"]?.text,
      let changes = object["changes"]?.array, UInt64(changes.count) == next - after, let proof = object["proof"]?.array
    else { throw wrong("v, after, next, changes or checkpoint") }
    var entries: [[UInt8]] = []
    for (place, change) in changes.enumerated() {
      guard let change = change.object, change["index"]?.int == Int64(exactly: after)?.advanced(by: place),
        let entry = change["entry"]?.object
      else {
        throw wrong("changes[\(place)]")
      }
      entries.append(entry.canonical())
    }
    var hashes: [[UInt8]] = []
    for item in proof {
      guard let hash = item.text.flatMap({ Base64.decode($0.bytes) }), hashes.count < LogProof.maxPathItems else {
        throw wrong("proof")
      }
      hashes.append(hash)
    }
    var headers: [[UInt8]] = []
    var records: [Record] = []
    for header in object["headers"]?.array ?? [] { headers.append(try decoded(header, "headers")) }
    for value in object["records"]?.array ?? [] {
      guard let item = value.object, let id = item["id"]?.string,
        let header = item["header"]?.int.flatMap({ Int(exactly: $0) }), headers.indices.contains(header)
      else {
        throw wrong("records")
      }
      let statement = item["statement"]?.text?.bytes
      let bindings = item["bindings"]?.text?.bytes
      guard statement?.count ?? 0 <= maxStatementBytes, bindings?.count ?? 0 <= BindingStatement.maxBytes else {
        throw wrong("statement")
      }
      records.append(
        Record(
          id: id,
          header: headers[header],
          payload: try decoded(item["payload"], "payload"),
          signature: try decoded(item["signature"], "signature"),
          leaf: try number(item, "leaf"),
          salt: try decoded(item["salt"], "salt"),
          statement: statement,
          replacedBy: item["replacedBy"]?.string,
          bindings: bindings
        )
      )
    }
    return ChangePage(
      after: after,
      next: next,
      checkpoint: checkpoint.bytes,
      size: try number(object, "size"),
      proof: hashes,
      entries: entries,
      records: records
    )
  }
}

extension ChangePage.Record {
  package init(_ record: PublicRecord, leaf: UInt64) {
    id = record.id
    header = record.header
    payload = record.payload
    signature = record.signature
    self.leaf = leaf
    salt = record.salt
    statement = record.statement
    replacedBy = record.replacedBy
    bindings = record.bindings
  }
}
