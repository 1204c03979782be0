import java.util.*;

class Orders {
  /** Orders.of(3, 3): all orders of two clients' three steps. */
  static List<String> of(int... left) {
    if (Arrays.stream(left).sum() == 0) return List.of("");
    var all = new ArrayList<String>();
    for (int c = 0; c < left.length; c++) {
      if (left[c] == 0) continue;
      left[c]--;
      for (String rest : of(left)) all.add(c + rest);
      left[c]++;
    }
    return all;
  }
}
