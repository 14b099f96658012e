import ArgumentParser
import Encodings
import Foundation
import Issuance
import LogClients
import PKI
import Support
import TransparencyLog
import Vocabulary

/// `khatm witness`: cosigning another's log, and collecting cosignatures for one's own.
struct WitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract:
      """
      Cosign the checkpoints of another authority's log, after checking that it only grew; or publish what witnesses \
      cosigned.
      """,
    discussion: """
      Chambers witness each other. The witness remembers the last checkpoint in its state file; a log that forked or \
      shrank is not \
      cosigned, and both checkpoints are the evidence. C2SP tlog-cosignature.

        khatm witness keygen --name chamber-b.example/witness -o witness.key.pem
        khatm witness sign --public https://khatm.example --key witness.key.pem --state khatm.state --out khatm.cosigned
        khatm witness add "chamber-b.example/witness+1f2e3d4c+BAbc…"
        khatm witness collect khatm.cosigned
      """,
    subcommands: [Keygen.self, Sign.self, Add.self, Collect.self]
  )

  /// `khatm witness keygen`.
  struct Keygen: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a witness's key, encrypted; prints the verifier key that others need."
    )
    @OptionGroup var options: GlobalOptions
    @Option(help: "Name of the witness: a host with a path, without spaces.") var name: String
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("File for the key; FILE.vkey gets the public half.", valueName: "file")
    ) var output: String

    func run() throws {
      let key = try PrivateKey.generate(.ed25519)
      let signer: NoteSigner
      do {
        signer = try NoteSigner(name: Text(name), kind: .cosignature, privateKey: key)
      } catch {
        throw CommandFailure(exit: 2, "name_invalid", "\(error)")
      }
      try writeSecret(try key.encryptedPEM(passphrase: try strongPassphrase(options.passphrase())), to: output)
      try writeOutput(Array((signer.verifierKey.description + "\n").utf8), to: output + ".vkey")
      if options.json {
        Console.json(["witness": JSON(signer.verifierKey.description)])
      } else {
        Console.line(signer.verifierKey.description)
      }
    }
  }

  /// `khatm witness sign`.
  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the newest checkpoint against the last one, and cosign it."
    )
    @OptionGroup var options: GlobalOptions
    @Option(
      name: .customLong("public"),
      help: ArgumentHelp("The log: its published folder, or its address.", valueName: "folder or address")
    ) var source: String
    @Option(help: ArgumentHelp("The witness's key.", valueName: "file"), completion: .file()) var key: String
    @Option(help: ArgumentHelp("What this witness remembers of this log.", valueName: "file"), completion: .file())
    var state: String
    @Option(help: ArgumentHelp("Root certificate of the authority, PEM.", valueName: "file"), completion: .file())
    var anchor: String?
    @Option(help: ArgumentHelp("The log's verifier key, instead of a root certificate.", valueName: "key")) var logKey:
      String?
    @Option(
      help: ArgumentHelp("Write the cosigned checkpoint to this file instead of standard output.", valueName: "file")
    ) var out: String?

    func run() throws {
      let signer = try readSigner()
      let cosigned = try following {
        let source = try PublicSource.named(source)
        let policy = try policy(source)
        return try WitnessService.cosign(
          source,
          policy: policy,
          state: absolute(state),
          signer: signer,
          time: UInt64(clamping: options.now.seconds)
        )
      }
      if let out {
        try writeOutput(cosigned.note, to: out)
      } else {
        Console.write(String(decoding: cosigned.note, as: UTF8.self), to: 1)
      }
      if options.talks {
        Console.note(
          """
          cosigned \(cosigned.checkpoint.checkpoint.origin) at \(cosigned.checkpoint.size) entries; before it were \
          \(cosigned.previous)
          """
        )
      }
    }

    private func policy(_ source: PublicSource) throws -> LogPolicy {
      if let logKey {
        do throws(LogRejection) {
          let key = try VerifierKey(logKey)
          return try LogPolicy(origin: key.name, logKeys: [key])
        } catch { throw CommandFailure(exit: 2, "log_key", "\(error)") }
      }
      guard let anchor else {
        throw CommandFailure(
          exit: 2,
          "anchor_missing",
          "the log's own root cannot vouch for it",
          hint: "use --anchor FILE or --log-key KEY"
        )
      }
      return try LogTrust.read(source, anchor: try readInput(anchor, limit: 1 << 16)).policy
    }

    private func readSigner() throws -> NoteSigner {
      let text = String(decoding: try readInput(key + ".vkey", limit: 4_096).prefix { $0 != 0x0A }, as: UTF8.self)
      do {
        let known = try VerifierKey(text)
        let signer = try NoteSigner(
          name: known.name,
          kind: .cosignature,
          privateKey: try PrivateKey(
            encryptedPEM: try readInput(key, limit: 1 << 16),
            passphrase: try options.passphrase()
          )
        )
        guard signer.verifierKey == known else {
          throw CommandFailure(exit: 2, "key_unusable", "\(key) is not the key of \(key).vkey")
        }
        return signer
      } catch let error as LogRejection {
        throw CommandFailure(exit: 2, "key_unusable", "\(key).vkey: \(error)")
      } catch let
        error
        as KeyRejection
      {
        throw CommandFailure(
          exit: 2,
          error == .wrongPassphrase ? "passphrase_wrong" : "key_unusable",
          "\(key): \(error.words)"
        )
      }
    }
  }

  /// `khatm witness add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Know a witness: its cosignatures may then be published.")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The witness's verifier key.") var key: String

    func run() throws {
      let folder = try options.requireHome().path + "/witnesses"
      let known: VerifierKey
      do {
        known = try VerifierKey(key)
      } catch {
        throw CommandFailure(exit: 2, "key_unusable", "\"\(key)\": \(error)")
      }
      guard known.kind == .cosignature else {
        throw CommandFailure(exit: 2, "key_unusable", "this is not the key of a witness")
      }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try writeOutput(Array((key + "\n").utf8), to: "\(folder)/\(Hex.encode(known.keyID)).vkey")
      if options.talks { Console.note("knows \(Console.shown(known.name.string))") }
    }
  }

  /// `khatm witness collect`.
  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Publish the checkpoint with the cosignatures in these files that hold over it.",
      discussion:
        """
        A cosignature is over one size of the log. It is dropped when the log grows, until the witnesses have come \
        again.
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Cosigned checkpoints, as witnesses gave them back.", completion: .file()) var files: [String]

    func run() throws {
      let home = try options.requireHome()
      let lock = try home.lock(wait: options.wait, now: options.now.seconds)
      defer { withExtendedLifetime(lock) {} }
      var keys: [VerifierKey] = []
      for name in (try? FileManager.default.contentsOfDirectory(atPath: home.path + "/witnesses")) ?? []
      where name.hasSuffix(".vkey") {  // no folder: no witness
        let text = String(
          decoding: try readInput("\(home.path)/witnesses/\(name)", limit: 4_096).prefix { $0 != 0x0A },
          as: UTF8.self
        )
        do {
          keys.append(try VerifierKey(text))
        } catch {
          throw CommandFailure(exit: 2, "key_unusable", "witnesses/\(name): \(error)")
        }
      }
      guard !keys.isEmpty else {
        throw CommandFailure(exit: 1, "no_witness", "no witness is known", hint: "khatm witness add KEY")
      }
      let notes = try files.map { try readInput($0, limit: SignedNote.maxBytes) }
      let now = UInt64(clamping: options.now.seconds)
      let count = try following { try WitnessService.publish(notes, in: home.publicPath, witnesses: keys, now: now) }
      if options.json {
        Console.json(["cosignatures": .integer(Int64(count))])
      } else {
        Console.line("The published checkpoint bears \(counted(count, "cosignature"))")
      }
      if count == 0 { throw ExitCode(1) }
    }
  }
}

/// A private key: never over another file, and readable by nobody else.
func writeSecret(_ bytes: [UInt8], to path: String) throws {
  do throws(FileFailure) {
    try AtomicFile.create(path, bytes, mode: 0o600)
  } catch {
    throw CommandFailure(exit: 2, "output", "\(path): \(error.why)")
  }
}

func strongPassphrase(_ bytes: [UInt8]) throws -> [UInt8] {
  guard bytes.count >= KeyStore.shortestPassphrase else {
    throw CommandFailure(
      exit: 2,
      "passphrase_too_short",
      "the passphrase must have at least \(KeyStore.shortestPassphrase) characters"
    )
  }
  return bytes
}
