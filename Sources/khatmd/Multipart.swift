import Encodings

/// One file out of a `multipart/form-data` body (RFC 7578), read strictly: what a browser sends, and nothing else.
enum Multipart {
  /// A form of ours has two fields at most.
  static let maxParts = 4
  static let maxHeadBytes = 2_048

  /// - Parameter field: name of the part that holds the file; it occurs once.
  static func file(_ field: String, contentType: String, body: [UInt8]) throws(HTTPRejection) -> [UInt8] {
    guard let boundary = boundary(contentType) else {
      throw HTTPRejection(.mediaTypeUnsupported, "send multipart/form-data")
    }
    let mark = Array("--".utf8) + boundary
    guard body.starts(with: mark) else { throw HTTPRejection(.requestMalformed, "the first boundary is missing") }
    var at = mark.count
    var found: [UInt8]?
    for _ in 0..<maxParts {
      if body[at...].starts(with: Array("--".utf8)) {
        guard let found else { throw HTTPRejection(.requestMalformed, "there is no file \(field)") }
        return found
      }
      guard body[at...].starts(with: [0x0D, 0x0A]) else {
        throw HTTPRejection(.requestMalformed, "a boundary is broken")
      }
      at += 2
      guard let headEnd = find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: at, before: at + maxHeadBytes) else {
        throw HTTPRejection(.requestMalformed, "the head of a part is broken")
      }
      let start = headEnd + 4
      guard let end = find([0x0D, 0x0A] + mark, in: body, from: start, before: body.count) else {
        throw HTTPRejection(.requestMalformed, "the last boundary is missing")
      }
      if name(body[at..<headEnd]).map({ $0.elementsEqual(field.utf8) }) == true {
        guard found == nil else { throw HTTPRejection(.requestMalformed, "\(field) stands twice") }
        found = Array(body[start..<end])
      }
      at = end + 2 + mark.count
    }
    throw HTTPRejection(.requestMalformed, "more than \(maxParts) parts")
  }

  /// RFC 2046, 5.1.1: 1 to 70 characters of a small set.
  static func boundary(_ contentType: String) -> [UInt8]? {
    let parts = contentType.utf8.split(separator: UInt8(ascii: ";")).map { Array($0).trimmed }
    guard let type = parts.first, ASCII.equalFolded(type, Array("multipart/form-data".utf8)) else { return nil }
    let prefix = Array("boundary=".utf8)
    let values = parts.dropFirst().filter { ASCII.equalFolded($0.prefix(prefix.count), prefix) }.map {
      $0.dropFirst(prefix.count)
    }
    guard values.count == 1, var value = values.first else { return nil }
    if value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\""), value.count >= 2 {
      value = value.dropFirst().dropLast()
    }
    let extra = Array("'()+_,-./:=? ".utf8)
    let allowed = value.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || extra.contains(byte)
    }
    return (1...70).contains(value.count) && allowed && value.last != 0x20 ? Array(value) : nil
  }

  /// `name` of the one `Content-Disposition: form-data` line.
  private static func name(_ head: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    for line in head.split(separator: 0x0A) {
      let line = Array(line).trimmed[...]
      let prefix = Array("content-disposition:".utf8)
      guard ASCII.equalFolded(line.prefix(prefix.count), prefix) else { continue }
      guard let start = find(Array("; name=\"".utf8), in: Array(line), from: 0, before: line.count) else { return nil }
      let value = line[(line.startIndex + start + 8)...]
      return value.firstIndex(of: UInt8(ascii: "\"")).map { value[..<$0] }
    }
    return nil
  }

  /// The first place, by the first byte and then all of them: linear for boundaries, whose first byte is a line end.
  private static func find(_ wanted: [UInt8], in bytes: [UInt8], from: Int, before: Int) -> Int? {
    let last = min(before, bytes.count) - wanted.count
    guard from <= last else { return nil }
    for place in from...last
    where bytes[place] == wanted[0] && bytes[place..<(place + wanted.count)].elementsEqual(wanted) { return place }
    return nil
  }
}

extension [UInt8] {
  /// Without spaces, tabs and line ends around it.
  fileprivate var trimmed: [UInt8] {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    return Array(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
