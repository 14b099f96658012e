internal import CZlib

/// Undoes the one content coding that was asked for.
enum PageBody {
  /// Both are about the page.
  enum Failure: Error { case tooLarge, damaged }

  /// One gzip member with at most `limit` bytes in it, nothing missing, nothing behind it (RFC 1952).
  static func inflated(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    guard bytes.count < Int(UInt32.max), limit < Int(UInt32.max) else { throw .tooLarge }
    var stream = z_stream()
    // 15 bits of window, and 16: a gzip header is required.
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .damaged }
    defer { inflateEnd(&stream) }
    var input = bytes
    var out: [UInt8] = []
    var outcome: Result<Void, Failure> = .success(())
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      // In pieces: the memory grows with what is really there, not with the limit.
      var piece = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let (code, made) = piece.withUnsafeMutableBufferPointer { space -> (Int32, Int) in
          stream.next_out = space.baseAddress
          stream.avail_out = UInt32(space.count)
          let code = inflate(&stream, Z_NO_FLUSH)
          return (code, space.count - Int(stream.avail_out))
        }
        out += piece[..<made]
        if out.count > limit {
          outcome = .failure(.tooLarge)
          return
        }
        if code == Z_STREAM_END {
          if stream.avail_in != 0 { outcome = .failure(.damaged) }
          return
        }
        guard code == Z_OK, made > 0 || stream.avail_in > 0 else {
          outcome = .failure(.damaged)
          return
        }
      }
    }
    try outcome.get()
    return out
  }
}
