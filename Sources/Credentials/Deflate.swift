internal import CZlib

/// Raw DEFLATE (RFC 1951) of one value, with a dictionary that both sides have: for many values that are alike.
public enum Deflate {
  /// Raw, and a window of 8 KiB: dictionary and value lie in it, and a stream costs a fraction of a full one to set up.
  private static let rawWindow: Int32 = -13
  private static let maxBytes = 1 << 30

  public static func compress(_ bytes: [UInt8], dictionary: [UInt8]) throws(GzipRejection) -> [UInt8] {
    guard bytes.count <= maxBytes, dictionary.count <= maxBytes else { throw .tooLarge(limit: maxBytes) }
    var stream = z_stream()
    var code = deflateInit2_(
      &stream,
      6,
      Z_DEFLATED,
      rawWindow,
      6,
      Z_DEFAULT_STRATEGY,
      ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size)
    )
    guard code == Z_OK else { throw .failed(code: code) }
    defer { deflateEnd(&stream) }
    if !dictionary.isEmpty { code = deflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) }
    guard code == Z_OK else { throw .failed(code: code) }
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    var input = bytes  // zlib's pointer is not const
    let out = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(bound)
        code = deflate(&stream, Z_FINISH)
        count = bound - Int(stream.avail_out)
      }
    }
    guard code == Z_STREAM_END else { throw .failed(code: code) }
    return out
  }

  /// - Parameter limit: bytes of output; the inflation stops one byte later.
  /// - Throws: `malformed` also for missing or trailing bytes.
  public static func decompress(_ bytes: [UInt8], dictionary: [UInt8], limit: Int) throws(GzipRejection) -> [UInt8] {
    guard bytes.count <= maxBytes, dictionary.count <= maxBytes, limit < maxBytes else { throw .tooLarge(limit: limit) }
    var stream = z_stream()
    var code = inflateInit2_(&stream, rawWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .failed(code: code) }
    defer { inflateEnd(&stream) }
    if !dictionary.isEmpty { code = inflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) }
    guard code == Z_OK else { throw .failed(code: code) }
    var input = bytes
    var out: [UInt8] = []
    // Values are small and the limit is not: room is made as it is needed.
    var room = min(limit + 1, max(1_024, bytes.count * 16))
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      repeat {
        out += [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
          stream.next_out = buffer.baseAddress
          stream.avail_out = UInt32(room)
          code = inflate(&stream, Z_NO_FLUSH)
          count = room - Int(stream.avail_out)
        }
        room = min(limit + 1 - out.count, room * 4)
        // Again only where all room was used: else the input is at its end.
      } while code == Z_OK && stream.avail_out == 0 && room > 0
    }
    if out.count > limit { throw .tooLarge(limit: limit) }
    if code == Z_MEM_ERROR { throw .failed(code: code) }
    guard code == Z_STREAM_END else { throw .malformed }
    guard stream.avail_in == 0 else { throw .malformed }
    return out
  }
}

/// One gzip member (RFC 1952), inflated as far as its reader asks: a bomb costs what was asked for and no more.
///
/// Owned by one caller: it is not `Sendable`.
public final class GzipReader {
  /// Each has one address for its life: zlib keeps that of the stream.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private var isEnded = false
  /// Bytes that were read.
  public private(set) var position = 0

  /// - Throws: `failed`, for want of memory.
  public init(_ bytes: [UInt8]) throws(GzipRejection) {
    guard bytes.count < 1 << 30 else { throw .tooLarge(limit: 1 << 30) }
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(capacity: max(1, bytes.count))
    _ = input.initialize(from: bytes)
    stream.pointee.next_in = input.baseAddress
    stream.pointee.avail_in = UInt32(bytes.count)
    let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    // From here on `deinit` runs, also when this throws.
    guard code == Z_OK else { throw .failed(code: code) }
  }

  deinit {
    inflateEnd(stream)  // harmless where `init` failed
    stream.deallocate()
    input.deallocate()
  }

  /// Exactly so many bytes; the caller bounds them.
  /// - Throws: `malformed` where the member ends before, or is damaged.
  public func read(_ count: Int) throws(GzipRejection) -> [UInt8] {
    if count == 0 { return [] }
    var code = Z_OK
    let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = UInt32(count)
      while stream.pointee.avail_out > 0, code == Z_OK, !isEnded { code = inflate(stream, Z_NO_FLUSH) }
      filled = count - Int(stream.pointee.avail_out)
    }
    if code == Z_STREAM_END { isEnded = true }
    position += out.count
    if code == Z_MEM_ERROR { throw .failed(code: code) }
    guard out.count == count else { throw .malformed }
    return out
  }

  /// Whether nothing follows: no byte of the member, and none behind it.
  /// - Throws: `malformed` where the end of the member is damaged or missing.
  public func isAtEnd() throws(GzipRejection) -> Bool {
    if !isEnded {
      var byte: UInt8 = 0
      let (code, isEmpty) = withUnsafeMutablePointer(to: &byte) { byte in
        stream.pointee.next_out = byte
        stream.pointee.avail_out = 1
        return (inflate(stream, Z_NO_FLUSH), stream.pointee.avail_out == 1)
      }
      if code == Z_MEM_ERROR { throw .failed(code: code) }
      guard isEmpty else { return false }
      guard code == Z_STREAM_END else { throw .malformed }
      isEnded = true
    }
    return stream.pointee.avail_in == 0
  }
}
