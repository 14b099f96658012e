internal import Encodings
public import TransparencyLog

/// A chamber that cosigns another authority's checkpoints, after it has checked that the log only grew.
public enum WitnessService {
  /// A checkpoint under which the witness put its line.
  public struct Cosigned: Hashable, Sendable {
    public let checkpoint: VerifiedCheckpoint
    /// The size cosigned before; 0 for the first time.
    public let previous: UInt64
    /// The published note with our line under it.
    public let note: [UInt8]
    /// Our line alone.
    public let line: [UInt8]
  }

  /// Checks, writes the state to disk, and only then signs.
  ///
  /// - Parameters:
  ///   - state: file with the last note that was cosigned; none for a log never seen. It is this witness's memory:
  ///     whoever loses it can be shown an older log.
  ///   - time: seconds since 1970.
  /// Throws `.log` with `.rollback`, `.fork` or `.inconsistent` for a log that did not only grow. Then nothing is
  /// written or signed.
  public static func cosign(
    _ source: PublicSource,
    policy: LogPolicy,
    state path: String,
    signer: NoteSigner,
    time: UInt64
  ) throws(FollowFailure) -> Cosigned {
    let lock = try DurableFiles.lock(path + ".lock")
    defer { withExtendedLifetime(lock) {} }
    let stored = try DurableFiles.read(path, limit: SignedNote.maxBytes), note = try source.checkpoint()
    do throws(LogRejection) {
      var state = try WitnessState(policy: policy, stored: stored)
      let known = state.last?.size ?? 0
      let accepted = try state.accept(try request(note, known: known, policy: policy, source: source))
      // "The witness MUST persist the new checkpoint before it returns the cosignature" (C2SP tlog-witness).
      do throws(FollowFailure) {
        try DurableFiles.replace(path, with: accepted.checkpoint.note)
      } catch {
        throw LogRejection.unreadable(what: path, reason: "\(error)")
      }
      let signature = try signer.cosign(accepted, time: time)
      let cosigned = try SignedNote.parse(note).adding(signature)
      return Cosigned(checkpoint: accepted.checkpoint, previous: known, note: cosigned.bytes, line: signature.line)
    } catch { throw .log(error) }
  }

  /// The request that the log would send: its checkpoint, and the proof from ours, made from its tiles.
  private static func request(
    _ note: [UInt8],
    known: UInt64,
    policy: LogPolicy,
    source: PublicSource
  ) throws(LogRejection) -> AddCheckpointRequest {
    let offered = try policy.open(note)
    guard known > 0, offered.size > known else {
      return AddCheckpointRequest(oldSize: known, proof: [], checkpoint: note)
    }
    let reader: TileReader
    do throws(LogRejection) {
      reader = try TileReader(offered, source: source.tiles)
    } catch {
      // Tiles that do not fit their signed root are the log's doing as much as a fork is.
      throw error
    }
    return AddCheckpointRequest(oldSize: known, proof: try reader.consistencyProof(from: known), checkpoint: note)
  }

  /// The note with the cosignatures that hold over exactly its text, of witnesses that are known; all others are left
  /// away.
  ///
  /// For the authority, before it writes `public/checkpoint`. `notes`: what witnesses gave back, each a note or a
  /// single line.
  public static func attach(_ notes: [[UInt8]], to note: [UInt8], witnesses: [VerifierKey]) throws(FollowFailure)
    -> [UInt8]
  {
    do throws(LogRejection) {
      var signed = try SignedNote.parse(note)
      for bytes in notes {
        for line in lines(of: bytes, over: signed.text) {
          guard
            let key = witnesses.first(where: {
              $0.kind == .cosignature && $0.name == line.name && $0.keyID == line.keyID
            })
          else { continue }
          do throws(LogRejection) {
            _ = try SignedNote(text: signed.text, signatures: [line]).verify([key])
            signed = try signed.adding(line)
          } catch { if error.isFailure { throw error } }
        }
      }
      return signed.bytes
    } catch { throw .log(error) }
  }

  /// Puts the good cosignatures under the published checkpoint. Gives how many it bears then. The caller holds the lock
  /// of the publisher.
  public static func publish(_ notes: [[UInt8]], in folder: String, witnesses: [VerifierKey]) throws(FollowFailure)
    -> Int
  {
    let path = folder + "/checkpoint"
    guard let shown = try DurableFiles.read(path, limit: SignedNote.maxBytes) else { throw .missing(path: path) }
    let cosigned = try attach(notes, to: shown, witnesses: witnesses)
    if cosigned != shown { try DurableFiles.replace(path, with: cosigned) }
    do throws(LogRejection) {
      let lines = try SignedNote.parse(cosigned).signatures
      return lines.count { line in witnesses.contains { $0.name == line.name && $0.keyID == line.keyID } }
    } catch { throw .log(error) }
  }

  private static func lines(of bytes: [UInt8], over text: [UInt8]) -> [NoteSignature] {
    do throws(LogRejection) {
      let note = try SignedNote.parse(bytes)
      return note.text == text ? note.signatures : []
    } catch {
      do throws(LogRejection) {
        return try NoteSignature.parse(lines: bytes)
      } catch {
        return []
      }
    }
  }
}
