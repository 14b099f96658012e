import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import Messages
import PKI

/// `khatm receipt`: signed answers.
struct ReceiptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipt",
    abstract: "Check a signed answer of a verify service, or make the key that signs them.",
    subcommands: [Check.self, Keygen.self]
  )

  /// `khatm receipt verify`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check that a verify service gave this answer: question, page, time and verdict.",
      discussion: """
        FILE holds the receipt, or the whole answer with its member "receipt", which must then say what was signed. It \
        proves what the \
        service said then, for a dispute; the certificate itself is checked with khatm verify.

          khatm receipt verify answer.json --public ./copy --anchor root.pem
        """
    )
    @OptionGroup var options: GlobalOptions
    @OptionGroup var ground: FollowOptions
    @Argument(help: "The receipt or the answer, or - for standard input.", completion: .file()) var file: String

    func run() throws {
      let (token, around) = try receipt(try readInput(file, limit: 1 << 20))
      let trust = try following {
        try LogTrust.read(try PublicSource.named(try ground.path(options)), anchor: try ground.anchorPEM(options))
      }
      do throws(ReceiptRejection) {
        let receipt = try Receipt.verify(token, trust: trust)
        if let around, around.canonical() != receipt.answer.canonical() {
          throw .malformed("the answer beside it is not the one that was signed")
        }
        // Evidence of what was said then; no answer to what is now.
        let end = receipt.answer["answerNotAfter"]?.string.flatMap { Instant(rfc3339: $0) }
        let isOver = end.map { $0 < options.now } ?? true
        let over =
          isOver
          ? Catalogue.sentence(ReasonCode.answerExpired, params: [("notAfter", end?.description ?? "…")], language: .en)
          : nil
        if options.json {
          return Console.json(
            .object(
              JSONObject([
                "verified": true, "code": isOver ? JSON(ReasonCode.answerExpired.rawValue) : .null,
                "at": JSON(receipt.at.description), "verdict": JSON(receipt.verdict),
                "page": receipt.pageKey.map { JSON($0) } ?? .null,
                "request": receipt.requestDigest.map { JSON($0) } ?? .null,
                "nonce": receipt.nonce.map { JSON($0) } ?? .null,
                "log": receipt.checkpoint.map {
                  ["origin": JSON($0.origin), "size": .integer(Int64(clamping: $0.size))]
                } ?? .null, "answer": .object(receipt.answer),
              ])
            )
          )
        }
        Console.line("\(trust.host) answered at \(receipt.at): \(receipt.verdict)")
        if let over { Console.line("  answer_expired: \(over)") }
        if let page = receipt.pageKey { Console.line("  asked about \(Console.shown(page))") }
        if let digest = receipt.requestDigest { Console.line("  question \(Console.shown(digest))") }
        if let nonce = receipt.nonce { Console.line("  nonce \(Console.shown(nonce))") }
        if let place = receipt.checkpoint { Console.line("  the log had \(place.size) entries") }
      } catch {
        if case .failed(let why) = error { throw CommandFailure(exit: 3, "cannot_tell", why) }
        throw CommandFailure(exit: 1, "receipt_invalid", "the receipt does not hold: \(error)")
      }
    }

    /// The token alone, or with the answer it came in.
    private func receipt(_ bytes: [UInt8]) throws -> (token: [UInt8], answer: JSONObject?) {
      let trimmed = Array(bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
      guard trimmed.first == UInt8(ascii: "{") else { return (trimmed, nil) }
      do throws(JSONRejection) {
        var answer = try JSONObject.parse(trimmed, limits: .document)
        guard let token = answer["receipt"]?.text else { throw JSONRejection(kind: .notAnObject, offset: 0) }
        answer["receipt"] = nil
        return (token.bytes, answer)
      } catch { throw CommandFailure(exit: 2, "receipt_missing", "there is no receipt in \(file)") }
    }
  }

  /// `khatm receipt keygen`.
  struct Keygen: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Make a key for a verify service's answers and name it in the list of chambers, for that and nothing else.",
      discussion: """
          khatm receipt keygen -o answer.key.pem --answer-passphrase-file FILE
          khatmd --public … --answer-key answer.key.pem --answer-key-passphrase-file FILE
        """
    )
    @OptionGroup var options: GlobalOptions
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("File for the private key, encrypted; it goes to the service.", valueName: "file")
    ) var output: String
    @Option(
      help: ArgumentHelp("File whose first line is the passphrase of the new key.", valueName: "file"),
      completion: .file()
    ) var answerPassphraseFile: String
    @Option(help: "How many days it signs.") var days: Int64 = 365

    func run() throws {
      guard (1...3_650).contains(days) else {
        throw CommandFailure(exit: 2, "days", "--days takes a number from 1 to 3650")
      }
      let passphrase = try strongPassphrase(
        Array(try readInput(answerPassphraseFile, limit: 4_096).prefix { $0 != 0x0A && $0 != 0x0D })
      )
      let key = try PrivateKey.generate(.p256)
      try writeSecret(try key.encryptedPEM(passphrase: passphrase), to: output)
      do {
        let kid = try options.session().setup.addAnswerKey(key.publicKey, days: days)
        if options.json { Console.json(["kid": JSON(kid)]) } else { Console.line(kid) }
      } catch {
        unlink(output)  // a key that no list names is of no use to anyone
        throw error
      }
    }
  }
}
