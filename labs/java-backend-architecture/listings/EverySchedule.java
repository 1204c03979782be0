import java.util.*;
import java.util.concurrent.*;

class EverySchedule {
  static void orders(String turns, int[] left, List<String> all) {
    if (Arrays.stream(left).sum() == 0) all.add(turns);
    for (int c = 0; c < left.length; c++, left[c - 1]++)
      if (left[c]-- > 0) orders(turns + c, left, all);
  }

  static void run(String turns, List<Iterator<Callable<?>>> steps)
      throws InterruptedException {
    var lanes = new ExecutorService[steps.size()];
    Arrays.setAll(lanes, c -> Executors.newSingleThreadExecutor());
    for (int c : turns.chars().map(turn -> turn - '0').toArray())
      try {  // who waits for a lock keeps his later steps
        var sent = lanes[c].submit(steps.get(c).next());
        sent.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException noMatter) { }
    for (var lane : lanes) lane.shutdown();
    for (var lane : lanes)
      lane.awaitTermination(1, TimeUnit.MINUTES);
  }
}
