internal import CZlib

/// One gzip member (RFC 1952) in, one out: the form of status lists.
public enum Gzip {
  /// zlib's "15 bits of window, gzip header only".
  private static let gzipOnly: Int32 = 15 + 16
  /// zlib's counters have 32 bits; nothing of ours comes near.
  private static let maxBytes = 1 << 30

  /// Level 9, no time stamp, no file name: the same bytes for the same input.
  public static func compress(_ bytes: [UInt8]) throws(GzipRejection) -> [UInt8] {
    guard bytes.count <= maxBytes else { throw .tooLarge(limit: maxBytes) }
    var stream = z_stream()
    var code = deflateInit2_(
      &stream,
      9,
      Z_DEFLATED,
      gzipOnly,
      8,
      Z_DEFAULT_STRATEGY,
      ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size)
    )
    guard code == Z_OK else { throw .failed(code: code) }
    defer { deflateEnd(&stream) }
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

  /// - Parameter limit: bytes of output; the inflation stops one byte later, so a bomb costs no more than this.
  /// - Throws: `malformed` also for a second member, and for missing or trailing bytes.
  public static func decompress(_ bytes: [UInt8], limit: Int) throws(GzipRejection) -> [UInt8] {
    guard bytes.count <= maxBytes, limit < maxBytes else { throw .tooLarge(limit: limit) }
    var stream = z_stream()
    var code = inflateInit2_(&stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .failed(code: code) }
    defer { inflateEnd(&stream) }
    var input = bytes
    let out = [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(limit + 1)
        code = inflate(&stream, Z_FINISH)
        count = limit + 1 - Int(stream.avail_out)
      }
    }
    if out.count > limit { throw .tooLarge(limit: limit) }
    if code == Z_MEM_ERROR { throw .failed(code: code) }
    guard code == Z_STREAM_END, stream.avail_in == 0 else { throw .malformed }
    return out
  }
}

/// Why bytes could not be packed or unpacked.
public enum GzipRejection: Error, Hashable, Sendable {
  case malformed
  case tooLarge(limit: Int)
  /// About us: no memory, or another zlib than we were built for.
  case failed(code: Int32)
}
