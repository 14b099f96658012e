import Foundation
import Testing

@testable import PKI

/// The check for ROCA keys, which is not public.
enum KeyChecksProbe {
  static func isROCA(_ modulus: [UInt8]) -> Bool { KeyChecks.isROCA(modulus) }
}

extension Certificate {
  /// Lower case, no leading zeros but to an even length.
  var serialHex: String { hex(serial) }
}

extension PublicKey {
  /// The same for a signature as it stands in a certificate or CRL (ECDSA in DER).
  func verifiesX509(_ signature: [UInt8], over message: [UInt8], sha bits: Int) throws(OpenSSLFailure) -> Bool {
    let algorithm: X509SignatureAlgorithm? =
      switch (kind, bits) {
      case (.p256, 256), (.p384, 256): .ecdsaSHA256
      case (.p256, 384), (.p384, 384): .ecdsaSHA384
      case (.rsa, 256): .rsaSHA256
      case (.ed25519, _): .ed25519
      default: nil
      }
    guard let algorithm else { return false }
    return try verifies(signature, over: message, algorithm: algorithm)
  }
}

func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

func bytes(hex: String) -> [UInt8] {
  let digits = Array(hex.utf8)
  return stride(from: 0, to: digits.count - 1, by: 2).map {
    UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
  }
}

/// r ‖ s as a DER SEQUENCE, written apart from the product.
func derECDSA(_ raw: [UInt8]) -> [UInt8] {
  func integer(_ half: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(half.drop { $0 == 0 })
    if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
  let body = integer(raw[..<(raw.count / 2)]) + integer(raw[(raw.count / 2)...])
  return [0x30, UInt8(body.count)] + body
}

/// Runs the `openssl` command; nil, and a line that says so, when there is none.
func openssl(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32, bytes: [UInt8], errors: String)? {
  let binary = "/usr/bin/openssl"
  guard FileManager.default.isExecutableFile(atPath: binary) else {
    print("skipped: comparison with the openssl command (no \(binary))")
    return nil
  }
  let process = Process()
  process.executableURL = URL(filePath: binary)
  process.arguments = arguments
  let stdin = Pipe()
  let stdout = Pipe()
  let stderr = Pipe()
  process.standardInput = stdin
  process.standardOutput = stdout
  process.standardError = stderr
  try process.run()
  try stdin.fileHandleForWriting.write(contentsOf: Data(input))  // a few kB: fits the pipe
  try stdin.fileHandleForWriting.close()
  let out = try stdout.fileHandleForReading.readToEnd() ?? Data()
  let errors = try stderr.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, Array(out), String(decoding: errors, as: UTF8.self))
}
