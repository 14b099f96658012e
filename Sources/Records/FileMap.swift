public import Encodings

/// The map of the small files of `public/`: canonical names, and the SHA-256 of each. The log names its own digest.
public struct FileMap: Hashable, Sendable {
  public static let path = "files.json"
  public static let maxBytes = 4 << 20
  public static let maxNames = 16_384
  static let maxPathBytes = 256

  /// The digest of each, by its path below `public/`.
  public let digests: [Text: [UInt8]]

  /// - Throws: what `parse` would throw of the written form.
  public init(_ digests: [Text: [UInt8]]) throws(FileMapRejection) {
    guard digests.count <= Self.maxNames else { throw .tooMany(digests.count) }
    for (path, digest) in digests {
      guard Self.isPath(path) else { throw .path(path) }
      guard digest.count == 32 else { throw .digest(path) }
    }
    self.digests = digests
  }

  /// Canonical JSON (RFC 8785): sorted, each name once.
  public var bytes: [UInt8] {
    var files = JSONObject()
    for (path, digest) in digests { files[path] = JSON(Hex.encode(digest)) }
    return JSONObject(["v": 1, "files": .object(files)]).canonical()
  }

  /// Reads the one spelling there is.
  public static func parse(_ bytes: [UInt8]) throws(FileMapRejection) -> FileMap {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(
        bytes,
        limits: JSONLimits(maxBytes: maxBytes, maxDepth: 3, maxMembers: maxNames + 1)
      )
    } catch {
      throw error.kind == .tooManyMembers ? .tooMany(maxNames + 1) : .json(error)
    }
    guard object["v"]?.int == 1, let files = object["files"]?.object, object.members.count == 2 else {
      throw .form
    }
    var digests: [Text: [UInt8]] = [:]
    for member in files.members {
      guard let hex = member.value.text, hex.bytes.count == 64, let digest = Hex.decode(hex.bytes) else {
        throw .digest(member.name)
      }
      digests[member.name] = digest
    }
    let map = try FileMap(digests)
    // Capital digits, another order, blanks: all show here.
    guard map.bytes == bytes else { throw .form }
    return map
  }

  /// Segments of plain characters, none of them a step upwards, and none of the names that have a place of their own.
  static func isPath(_ path: Text) -> Bool {
    guard (1...maxPathBytes).contains(path.bytes.count) else { return false }
    let segments = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard (1...8).contains(segments.count) else { return false }
    for segment in segments {
      guard !segment.isEmpty, !segment.elementsEqual(".".utf8), !segment.elementsEqual("..".utf8),
        segment.allSatisfy({ ASCII.isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) })
      else { return false }
    }
    let first = Text(validating: segments[0]) ?? ""
    return !["tile", "records", "store", "recognised", "dia"].contains(first)
      && !["checkpoint", Text(Self.path)].contains(path)
  }
}

/// Why bytes are no map of files.
public enum FileMapRejection: Error, Hashable, Sendable {
  case json(JSONRejection)
  /// Not the members, or not the spelling.
  case form
  case tooMany(Int)
  case path(Text)
  case digest(Text)
}

/// Files under the SHA-256 of their bytes, which never change.
public enum StorePath {
  /// `store/<2 hex>/<64 hex>`. Precondition: 32 bytes.
  public static func path(of digest: [UInt8]) -> String {
    precondition(digest.count == 32)
    let hex = Hex.encode(digest)
    return "store/\(hex.prefix(2))/\(hex)"
  }
}
