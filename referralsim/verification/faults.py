FAULTS=()
class Fault: pass
