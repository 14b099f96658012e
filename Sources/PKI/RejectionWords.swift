// For people. Answers quote the plain descriptions of these types, so these are names of their own.

extension KeyRejection {
  public var words: String {
    switch self {
    case .malformed: "it is not a key"
    case .offCurve: "its point is not on the curve"
    case .nonCanonical: "its numbers are not written in the only allowed form"
    case .lowOrder: "it is a key of low order, which is never safe"
    case .unsupportedKind: "its kind is not supported"
    case .tooShort(let bits): "it has only \(bits) bits"
    case .tooLong(let bits): "it has \(bits) bits, which is too long"
    case .weak: "it is a weak RSA key"
    case .wrongPassphrase: "the passphrase does not open it"
    case .emptyPassphrase: "the passphrase is empty"
    case .notEncrypted: "it is not an encrypted PKCS#8 file"
    case .openSSL(let call, let reason): reason.isEmpty ? "\(call) failed" : "\(call) failed: \(reason)"
    }
  }
}

extension CertificateRejection {
  public var words: String {
    switch self {
    case .tooLarge(let bytes): "it has \(bytes) bytes, which is too large"
    case .malformed(let part): "it is not a certificate (\(part))"
    case .trailingBytes: "something follows its end"
    case .notVersion3: "it is not of version 3"
    case .serialOutOfRange: "its serial number is out of range"
    case .duplicateExtension(let id): "it holds the extension \(id) twice"
    case .malformedExtension(let id): "its extension \(id) is not valid"
    case .key(let key): "its key cannot be used: \(key.words)"
    case .refusedByOpenSSL(let why): "OpenSSL does not accept it (\(why))"
    }
  }
}
