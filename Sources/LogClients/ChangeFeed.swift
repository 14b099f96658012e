internal import Directory
package import Encodings
internal import TransparencyLog

/// The log in a marketplace's words, gap-free and with what it takes to check it.
package enum ChangeFeed {
  package static let defaultLimit = 100

  /// A page of changes.
  ///
  /// - Parameters:
  ///   - after: how many entries the caller has: the index of the first that it wants. 0 at the beginning; later the
  ///     last answer's `next`.
  ///   - limit: at most `ChangePage.largestLimit`.
  ///   - records: whether the credentials that changed come along, for whoever keeps a copy.
  /// Throws `.malformed` when `after` is beyond the log, or `limit` out of range: the caller's mistake.
  package static func page(_ log: PublishedLog, after: UInt64, limit: Int = defaultLimit, records: Bool = false)
    throws(FollowFailure) -> JSON
  {
    guard (1...ChangePage.largestLimit).contains(limit) else {
      throw .malformed(what: "limit", why: "1 to \(ChangePage.largestLimit)")
    }
    return try log.withView(indexed: true) { (view) throws(FollowFailure) in
      guard after <= view.checkpoint.size else {
        throw .malformed(what: "after", why: "the log has \(view.checkpoint.size) entries")
      }
      return try page(view, after: after, limit: limit, records: records)
    }
  }

  private static func page(_ view: PublishedLog.View, after: UInt64, limit: Int, records: Bool) throws(FollowFailure)
    -> JSON
  {
    let size = view.checkpoint.size
    let next = min(size, after + UInt64(limit))
    var changes: [JSON] = []
    var kept: Kept? = records ? Kept() : nil
    do throws(LogRejection) {
      for entry in try view.reader.range(after..<next) {
        let parsed = try LogEntry.parse(entry)
        do throws(FollowFailure) {
          changes.append(try change(parsed, index: after + UInt64(changes.count), in: view, kept: &kept))
        } catch {
          return try failed(error)
        }
      }
      let proof = next == 0 ? [] : try view.reader.consistencyProof(from: next)
      var object = JSONObject([
        "v": 1, "origin": .string(view.checkpoint.checkpoint.origin), "size": number(size), "after": number(after),
        "next": number(next),
        "checkpoint": JSON(String(decoding: view.checkpoint.note, as: UTF8.self)),
        "proof": .array(proof.map { JSON(Base64.encode($0)) }),
        "changes": .array(changes),
      ])
      if let kept {
        object["headers"] = .array(kept.headers.map { JSON(Base64URL.encode($0)) })
        object["records"] = .array(kept.records.map(\.json))
      }
      return .object(object)
    } catch { throw .log(error) }
  }

  /// What could not be looked up is a failure of the page, not a change that looks smaller.
  private static func failed(_ error: FollowFailure) throws(LogRejection) -> JSON {
    if case .log(let inner) = error { throw inner }
    throw .unreadable(what: "directory", reason: "\(error)")
  }

  /// Records of a page, and the headers of their tokens, each once.
  private struct Kept {
    var headers: [[UInt8]] = []
    var records: [(json: JSON, id: String)] = []

    mutating func keep(_ record: PublicRecord, leaf: UInt64) {
      // The newest row holds all changes; once is enough.
      guard !records.contains(where: { $0.id == record.id }) else { return }
      let header = headers.firstIndex(of: record.header) ?? headers.count
      if header == headers.count { headers.append(record.header) }
      records.append(
        (
          json: .object(
            JSONObject([
              "id": JSON(record.id), "header": .integer(Int64(header)),
              "payload": JSON(Base64URL.encode(record.payload)),
              "signature": JSON(Base64URL.encode(record.signature)), "leaf": number(leaf),
              "salt": JSON(Base64URL.encode(record.salt)),
              "statement": record.statement.map { JSON(String(decoding: $0, as: UTF8.self)) },
              "replacedBy": record.replacedBy.map { JSON($0) },
              "bindings": record.bindings.map { JSON(String(decoding: $0, as: UTF8.self)) },
            ])
          ), id: record.id
        )
      )
    }
  }

  private static func change(_ entry: LogEntry, index: UInt64, in view: PublishedLog.View, kept: inout Kept?)
    throws(FollowFailure) -> JSON
  {
    var object = JSONObject([
      "index": number(index), "at": JSON(entry.at.description), "kind": JSON(entry.kind.rawValue),
      "chamber": .string(entry.chamber),
      "programme": entry.programme.map { .string($0) }, "reason": entry.reason.map { .string($0) },
      "state": state(after: entry.kind).map { JSON($0) },
      "entry": .object(entry.json),
    ])
    if let ref = entry.ref, entry.kind != .abandoned {
      let record = try view.record(ref: ref)
      object["credential"] = record.map { JSON($0.id) } ?? .null
      if let record, let leaf = record.leaf.flatMap({ UInt64(exactly: $0) }) { kept?.keep(record, leaf: leaf) }
    }
    if case .supersede(_, _, let successor) = entry.event {
      object["successor"] = try view.record(ref: successor).map { JSON($0.id) } ?? .null
    }
    return .object(object)
  }

  /// In the words of the status axis; nil for what changes no state.
  private static func state(after kind: LogEntry.Kind) -> String? {
    switch kind {
    case .issue, .reinstate: "active"
    case .suspend: "suspended"
    case .revoke: "revoked"
    case .supersede: "superseded"
    case .abandoned: "abandoned"
    case .binding, .statusList, .trustList, .key, .files, .erase: nil
    }
  }

  private static func number(_ value: UInt64) -> JSON { .integer(min(Int64(clamping: value), JSON.largestInteger)) }

  /// The small files beside the log and what they are, for copies: `{v, files: {path: sha-256 in hexadecimal}}`.
  package static func files(of folder: String) throws(FollowFailure) -> JSON {
    var files = JSONObject()
    for (path, digest) in try PublicFiles.listing(of: folder, digest: PublicFiles.digest) {
      files[Text(path)] = JSON(digest)
    }
    return .object(JSONObject(["v": 1, "files": .object(files)]))
  }
}

extension TileReader {
  /// Entries in order. Reads each bundle once.
  func range(_ places: Range<UInt64>) throws(LogRejection) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var place = places.lowerBound
    while place < places.upperBound {
      let first = place / UInt64(Tile.fullWidth) * UInt64(Tile.fullWidth)
      let bundle = try entries(inBundle: place / UInt64(Tile.fullWidth))
      let end = min(places.upperBound - first, UInt64(bundle.count))
      found += bundle[Int(place - first)..<Int(end)]
      place = first + end
    }
    return found
  }
}
