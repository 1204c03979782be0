import java.util.*;
import java.util.concurrent.*;

class Interleave {
  /** Takes steps[client] in the order of `turns`; what failed. */
  static Queue<Exception> run(String turns, Callable<?>[][] steps)
      throws Exception {
    var failed = new ConcurrentLinkedQueue<Exception>();
    var lanes = new ExecutorService[steps.length];
    Arrays.setAll(lanes, c -> Executors.newSingleThreadExecutor());
    var next = new int[steps.length];
    for (int c : turns.chars().map(turn -> turn - '0').toArray()) {
      var step = steps[c][next[c]++];
      var sent = lanes[c].submit(() -> {
        try { step.call(); } catch (Exception e) { failed.add(e); }
      });
      try { sent.get(1, TimeUnit.SECONDS); }
      catch (TimeoutException waits) { }  // as do its later steps
    }
    for (var one : lanes) one.shutdown();
    for (var one : lanes) one.awaitTermination(1, TimeUnit.MINUTES);
    return failed;
  }
}
