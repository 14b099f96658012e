public import Encodings

/// An entry as a reader meets it: one that this program knows, or any other bytes. It never stops a reader: what cannot
/// be understood is kept with what can be said of it.
public enum EntryReading: Hashable, Sendable {
  case known(LogEntry)
  case unknown(UnknownLogEntry)

  public static func read(_ bytes: [UInt8]) -> EntryReading {
    do throws(LogRejection) {
      return .known(try LogEntry.parse(bytes))
    } catch {
      return .unknown(UnknownLogEntry(bytes))
    }
  }

  public var bytes: [UInt8] {
    switch self {
    case .known(let entry): entry.bytes
    case .unknown(let entry): entry.bytes
    }
  }

  /// The credential that it is about.
  public var ref: [UInt8]? {
    switch self {
    case .known(let entry): entry.ref
    case .unknown(let entry): entry.ref
    }
  }

  public var at: Instant? {
    switch self {
    case .known(let entry): entry.at
    case .unknown(let entry): entry.at
    }
  }
}

/// An entry of a newer program, or one that is malformed. With a `ref`, nothing can be told of that credential any
/// more.
public struct UnknownLogEntry: Hashable, Sendable {
  public let bytes: [UInt8]
  /// Of a version or a kind that this program does not have. False: no program wrote this.
  public let isNewer: Bool
  public let kind: Text?
  public let ref: [UInt8]?
  /// Whether it may be about a credential whose `ref` it does not tell: its bytes are no entry at all.
  public let isUnreadable: Bool
  public let at: Instant?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let object: JSONObject?
    do throws(JSONRejection) {
      // A newer program may have more members, and objects in them.
      object = try JSONObject.parse(
        bytes,
        limits: JSONLimits(maxBytes: EntryBundle.maxEntryBytes, maxDepth: 16, maxMembers: 256)
      )
    } catch {
      object = nil
    }
    let version = object?["v"]?.int
    let kind = object?["kind"]?.text
    self.kind = kind
    isNewer =
      version.map { version in
        version > LogEntry.newestVersion
          || version > 0 && kind.map { LogEntry.Kind(rawValue: $0.string) == nil } == true
      } ?? false
    isUnreadable = version == nil || kind == nil
    ref = object?["ref"]?.text.flatMap { Base64URL.decode($0.bytes) }.flatMap {
      $0.count == Merkle.hashBytes ? $0 : nil
    }
    at = object?["at"]?.string.flatMap { Instant(rfc3339: $0) }.flatMap { $0.nanoseconds == 0 ? $0 : nil }
  }
}
