internal import COpenSSL

/// RFC 7468 text around DER. One block a file: what stands before it (as `openssl x509 -text` writes) is skipped, what
/// follows must be white space.
enum PEM {
  /// Lines of 64 characters (RFC 7468).
  static func encode(_ label: String, _ der: [UInt8]) -> String {
    guard let bio = BIO_new(BIO_s_mem()), PEM_write_bio(bio, label, "", der, der.count) > 0 else {
      preconditionFailure("PEM_write_bio")  // only for want of memory
    }
    defer { BIO_free(bio) }
    return String(decoding: contents(of: bio), as: UTF8.self)  // base64 and dashes: always ASCII
  }

  /// What stands between BEGIN and END.
  struct Block {
    let label: [UInt8]
    let hasHeader: Bool
    let der: [UInt8]

    func isLabelled(_ wanted: StaticString) -> Bool { !hasHeader && label.elementsEqual("\(wanted)".utf8) }
  }

  /// Nil when there is no block, or more than one. Never asks for a passphrase: nothing is decrypted here.
  static func decode(_ text: [UInt8]) -> Block? {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let bio = BIO_new_mem_buf(text, Int32(clamping: text.count)) else { return nil }
    defer { BIO_free(bio) }
    var label: UnsafeMutablePointer<CChar>?
    var header: UnsafeMutablePointer<CChar>?
    var data: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard PEM_read_bio(bio, &label, &header, &data, &count) == 1, let label, let header, let data else { return nil }
    defer {
      khatm_free(label)
      khatm_free(header)
      khatm_clear_free(data, count)
    }
    var rest: UnsafePointer<UInt8>?
    let restCount = khatm_bio_bytes(bio, &rest)
    if let rest,
      !UnsafeBufferPointer(start: rest, count: restCount).allSatisfy({ [0x0a, 0x0d, 0x20, 0x09].contains($0) })
    {
      return nil
    }
    return Block(
      label: String(cString: label).utf8.map { $0 },
      hasHeader: header[0] != 0,
      der: Array(UnsafeBufferPointer(start: data, count: count))
    )
  }

  /// A copy of what was written into a memory BIO.
  static func contents(of bio: OpaquePointer) -> [UInt8] {
    var start: UnsafePointer<UInt8>?
    let count = khatm_bio_bytes(bio, &start)
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
}
